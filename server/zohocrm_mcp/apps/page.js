// What every view is made of. Whatever comes from a record becomes text and nothing else: there is no markup here.
const view = document.getElementById("view");

/** An element; strings among its children become text nodes, functions among its attributes listeners. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, String(value));
  }
  made.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

let held = ""; // id of the control that was used last, until what it does is done

/** Give the focus back to the control that had it, or else to the heading: it is never lost. */
function refocus(id) {
  if (id) (document.getElementById(id) ?? view.querySelector("h1"))?.focus();
  held = "";
}

/** Replace the view. */
function render(...children) {
  const focused = document.activeElement?.id || held;
  view.replaceChildren(...children.flat().filter(Boolean));
  view.removeAttribute("aria-busy");
  refocus(focused);
}

/** Say something below the view, and to screen readers. */
function say(text, bad = false) {
  const status = document.getElementById("status");
  if (status.textContent !== text) status.textContent = text; // the same again would be read out again
  status.className = bad ? "bad" : "";
}

function fail(sentence) {
  view.removeAttribute("aria-busy");
  say(sentence, true);
}

/** Do something that takes time, with every button out of reach meanwhile. */
async function busily(text, act) {
  say(text);
  view.setAttribute("aria-busy", "true");
  held ||= document.activeElement?.id ?? "";
  const buttons = [...view.querySelectorAll("button:enabled")];
  for (const button of buttons) button.disabled = true;
  try {
    await act();
  } catch (error) {
    for (const button of buttons) button.disabled = false;
    refocus(held);
    fail(error.message);
  }
}

const language = () => {
  try {
    return Intl.getCanonicalLocales(host.context.locale ?? "en")[0];
  } catch {
    return "en";
  }
};
const whole = (number) => new Intl.NumberFormat(language(), { maximumFractionDigits: 2 }).format(number);
const short = (number) =>
  new Intl.NumberFormat(language(), { notation: "compact", maximumFractionDigits: 1 }).format(number);
const percent = (part, total) => {
  const share = total ? part / total : 0;
  return new Intl.NumberFormat(language(), { style: "percent" }).format(share > 0.99 && share < 1 ? 0.99 : share);
};
const many = (count, one, more = `${one}s`) => `${whole(count)} ${count === 1 ? one : more}`;

/** A date or date-time as people write it, in the zone it came in; anything else as it is. */
function day(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)/.exec(String(text ?? ""));
  if (!found) return String(text ?? "");
  const date = new Date(Date.UTC(+found[1], found[2] - 1, +found[3]));
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeZone: "UTC" }).format(date);
}

const today = () => new Date().toISOString().slice(0, 10);
const label = (name) => name.replace(/__[cs]$/, "").replaceAll("_", " ");

/** Any value of a record as one line of text. */
function plain(value) {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "number") return whole(value);
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (typeof value === "object") return String(value.name ?? value.id ?? JSON.stringify(value));
  return /^\d{4}-\d\d-\d\d(T|$)/.test(value) ? day(value) : String(value);
}

/** Text that people wrote: kept apart from what stands around it, whichever way it is written. */
const written = (text, attributes = {}) => el("bdi", attributes, String(text));
const value = (it) => (plain(it) === "" ? el("span", { class: "empty" }, "empty") : written(plain(it)));
const chip = (text, tone = "") => el("span", { class: `chip ${tone}` }, written(text));
function button(id, text, act, kind = "") {
  const click = () => {
    held = id;
    act();
  };
  return el("button", { id, type: "button", class: kind, click }, text);
}

const title = (...children) => el("h1", { tabindex: -1 }, ...children);
const tile = (name, ...content) =>
  el("div", { class: "tile" }, el("dt", {}, name), el("dd", {}, ...content.flatMap((part) => [part, " "])));

/** A bar of parts: `[share of 1, tone]`. What it shows is said in words beside it. */
function bar(...parts) {
  const made = el("span", { class: "bar", "aria-hidden": "true" });
  for (const [share, tone] of parts) {
    const piece = el("span", { class: tone });
    piece.style.width = `${100 * share}%`;
    made.append(piece);
  }
  return made;
}
