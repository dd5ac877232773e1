// The panel that says how to enhance; what was chosen is kept for the next visit.

import { get } from "./api.js";
import { el, find, say } from "./dom.js";

const STORED = "nhance.options";

export class Options {
  constructor() {
    this.form = find("options");
    this.#restore();
    this.form.addEventListener("input", () => {
      this.#couple();
      this.#showStrength();
      localStorage.setItem(STORED, JSON.stringify(Object.fromEntries(new FormData(this.form))));
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Offer the models that there are. */
  async load() {
    const { models } = await get("/v1/models");
    const { model } = this.form;
    const wanted = this.#kept().model ?? models.find((each) => each.default)?.name;
    model.replaceChildren(...models.map(({ name }) => el("option", { value: name }, name)));
    if (models.some(({ name }) => name === wanted)) model.value = wanted;
  }

  /** The options of a job. The player needs source and enhanced whole, side by side. */
  chosen() {
    const { model, strength, codec, crf, container, metadata, sdr, nvenc } = this.form;
    return {
      model: model.value,
      strength: strength.value / 100,
      comparison: "side",
      ...(codec.value && { codec: codec.value }),
      ...(crf.value && { crf: Number(crf.value) }),
      ...(container.value && { container: container.value }),
      ...(metadata.value && { metadata: metadata.value }),
      ...(sdr.checked && { sdr: true }),
      ...(nvenc.checked && { nvenc: true }),
    };
  }

  #kept() {
    return JSON.parse(localStorage.getItem(STORED) ?? "{}");
  }

  #restore() {
    for (const [name, value] of Object.entries(this.#kept())) {
      const control = this.form[name];
      if (control?.type === "checkbox") control.checked = true;
      else if (control && name !== "model") control.value = value;
    }
    this.#couple();
    this.#showStrength();
  }

  /** MOV takes no AV1, and WebM nothing else: a choice that the format rules out is taken back. */
  #couple() {
    const { codec, container } = this.form;
    const ruledOut = codec.value === "av1" ? "mov" : "webm";
    for (const option of container.options) option.disabled = option.value === ruledOut;
    if (container.value === ruledOut) container.value = "";
  }

  #showStrength() {
    say(find("strength-value"), `${this.form.strength.value} %`);
  }
}
