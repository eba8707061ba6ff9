// What the page does more with JavaScript: it stays where it is, can be stopped, takes files, copies. Without it the form
// is sent as a form.
"use strict";
(() => {
  const form = document.querySelector("form");
  const text = form.elements.q;
  const status = document.getElementById("status");
  const submit = form.querySelector("[type=submit]");
  const words = document.body.dataset;
  const label = submit.textContent;
  let running = null;

  const names = (() => {
    try {
      return new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
    } catch {
      return null;
    }
  })();
  for (const option of document.querySelectorAll("select option")) {
    if (names && option.value !== "auto") {
      option.textContent = names.of(option.value) || option.textContent;
    }
  }

  const ready = () => {
    const copy = document.getElementById("copy");
    if (!copy || !navigator.clipboard) return;
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById("translation").textContent);
      status.textContent = words.copied;
    });
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) {
      running.abort();
      return;
    }
    running = new AbortController();
    submit.textContent = words.stop;
    status.textContent = words.working;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch("/", { method: "POST", body, signal: running.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const result = document.getElementById("result");
      result.replaceWith(document.adoptNode(page.getElementById("result")));
      ready();
      document.getElementById("result").focus();
      status.textContent = "";
    } catch (error) {
      status.textContent = error.name === "AbortError" ? "" : String(error.message);
    } finally {
      running = null;
      submit.textContent = label;
    }
  });

  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  const swap = document.getElementById("swap");
  swap.hidden = false;
  swap.addEventListener("click", () => {
    const { source, target } = form.elements;
    const made = document.getElementById("translation");
    const has = (list, value) => [...list.options].some((option) => option.value === value);
    const from = source.value;
    if (!has(source, target.value) || (from !== "auto" && !has(target, from))) return;
    source.value = target.value;
    if (from !== "auto") target.value = from;
    if (made) text.value = made.textContent;
  });

  text.addEventListener("dragover", (event) => {
    event.preventDefault();
    text.classList.add("drop");
  });
  text.addEventListener("dragleave", () => text.classList.remove("drop"));
  text.addEventListener("drop", async (event) => {
    event.preventDefault();
    text.classList.remove("drop");
    const [file] = event.dataTransfer.files;
    const dropped = file ? await file.text() : event.dataTransfer.getData("text");
    if (dropped) text.value = dropped;
  });

  ready();
})();
