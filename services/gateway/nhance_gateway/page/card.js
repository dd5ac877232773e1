// One card of the list: shows what it is told, and changes only what differs.

import { el, say, stamp } from "./dom.js";

export class Card {
  constructor() {
    [this.element, this.parts] = stamp("card");
    this.buttons = "";
  }

  /**
   * `look`: waiting, busy, done or bad; `share`: 0…1 of the bar, null for no bar; `buttons`: each
   * {label, run} or {label, href}, with `strong` or `danger`; `poster` and `href` may be null.
   */
  show({ look, name, facts, state, share, count, poster, href, buttons }) {
    const { element, parts } = this;
    element.dataset.look = look;
    say(parts.name, name);
    if (href) parts.name.setAttribute("href", href);
    else parts.name.removeAttribute("href");
    say(parts.facts, facts);
    say(parts.state, state);
    say(parts.count, count);
    parts.progress.hidden = share === null;
    if (share !== null) parts.progress.value = share;
    parts.progress.setAttribute("aria-label", `${name}: ${state}`);
    if (poster && !parts.thumb.querySelector("img")) this.#showPoster(poster);
    this.#showButtons(name, buttons);
  }

  #showPoster(address) {
    const picture = el("img", { src: address, alt: "", loading: "lazy", decoding: "async" });
    const drawing = this.parts.thumb.firstElementChild;
    picture.addEventListener("error", () => picture.replaceWith(drawing));
    drawing.replaceWith(picture);
  }

  #showButtons(name, buttons) {
    const key = buttons.map((button) => button.label).join();
    if (key === this.buttons) return;
    this.buttons = key;
    const holder = this.parts.buttons;
    const hadFocus = holder.contains(document.activeElement);
    holder.replaceChildren(
      ...buttons.map(({ label, run, href, strong, danger, download }) => {
        const attributes = {
          "aria-label": `${label}: ${name}`,
          class: [href && "button", strong && "strong", danger && "plain danger"]
            .filter(Boolean).join(" "),
        };
        return href ? el("a", { ...attributes, href, download: download && "" }, label)
          : el("button", { ...attributes, type: "button", click: run }, label);
      }),
    );
    if (hadFocus) (holder.firstElementChild ?? this.parts.name).focus();
  }
}
