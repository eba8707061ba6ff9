// A segment lights up together with its partner.
const show = (name, on) => {
  for (const part of document.querySelectorAll(`[data-s="${CSS.escape(name)}"]`)) part.classList.toggle("lit", on);
};
const listen = (event, on) => document.addEventListener(event, ({ target }) => {
  const part = target.closest?.("[data-s]");
  if (part) show(part.dataset.s, on);
});
listen("mouseover", true);
listen("mouseout", false);
listen("focusin", true);
listen("focusout", false);
let named = "";
const follow = () => {
  if (named) show(named, false);
  named = location.hash.slice(1);
  if (named) show(named, true);
};
addEventListener("hashchange", follow);
follow();
