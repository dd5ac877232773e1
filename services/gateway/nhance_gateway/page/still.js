// A frame of the comparison as a picture: saved, or shared where the device can.

import { el } from "./dom.js";

export const canShare = () =>
  navigator.canShare?.({ files: [new File([], "still.png", { type: "image/png" })] }) ?? false;

export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export async function share(blob, name) {
  try {
    await navigator.share({ files: [new File([blob], name, { type: "image/png" })] });
  } catch (error) {
    if (error.name !== "AbortError") save(blob, name);
  }
}
