// What the page does more with JavaScript: sentences come as they are translated, can be looked at, exchanged, edited and
// kept; files are opened, texts summarised. Without it the form is sent as a form.
"use strict";
(() => {
  const form = document.querySelector("form");
  const text = form.elements.q;
  const status = document.getElementById("status");
  const submit = form.querySelector("[type=submit]");
  const summarize = document.getElementById("summarize");
  const words = JSON.parse(document.body.dataset.words);
  const keeps = "keeps" in document.body.dataset;
  let running = null;
  // What was translated last: its languages, its text, its sentences.
  let made = null;

  const names = (() => {
    try {
      return new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
    } catch {
      return null;
    }
  })();
  const name = (code) => (names && names.of(code)) || code;
  for (const option of document.querySelectorAll("select option")) {
    if (option.value !== "auto") option.textContent = name(option.value);
  }

  /** An element: its properties, its children. Texts become text, never markup. */
  const make = (tag, properties = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(properties)) {
      if (key in element) element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const button = (label, act) => make("button", { type: "button", onclick: act }, label);

  /** Asks for events and gives each to `on(name, data)`. */
  const ask = async (path, body, on) => {
    const key = form.elements.api_key;
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify(key && key.value ? { ...body, api_key: key.value } : body),
      signal: running && running.signal,
    });
    if (!answer.ok) {
      const told = await answer.json().catch(() => ({}));
      throw new Error(told.error || answer.statusText);
    }
    if (!(answer.headers.get("Content-Type") || "").startsWith("text/event-stream")) return answer.json();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return null;
      const events = (buffer + value).split("\n\n");
      buffer = events.pop();
      for (const event of events) {
        const field = (prefix) => event.split("\n").find((line) => line.startsWith(prefix))?.slice(prefix.length);
        const data = field("data: ");
        if (!data) continue;
        const told = JSON.parse(data);
        if (field("event: ") === "error") throw new Error(told.error);
        on(field("event: "), told);
      }
    }
  };

  /** Lets `work` run until it ends or the button is pressed again. */
  const run = async (pressed, doing, work) => {
    if (running) {
      running.abort();
      return;
    }
    const label = pressed.textContent;
    const others = [submit, summarize].filter((other) => other !== pressed);
    running = new AbortController();
    pressed.textContent = words.stop;
    others.forEach((other) => (other.disabled = true));
    status.textContent = doing;
    try {
      await work();
      status.textContent = "";
    } catch (error) {
      status.textContent = "";
      if (error.name !== "AbortError") fail(error);
    } finally {
      running = null;
      pressed.textContent = label;
      others.forEach((other) => (other.disabled = false));
    }
  };

  const result = document.getElementById("result");
  const fail = (error) => {
    const told = make("strong", {}, `${words.error}: `);
    result.prepend(make("p", { className: "error", role: "alert" }, told, error.message));
  };

  // ---- translations

  const level = (row, one) => {
    const doubtful = one.level === "check" || one.level === "wrong";
    const risk = doubtful && typeof one.risk === "number" ? ` · ${words.risk} ${Math.round(one.risk * 100)}\u00a0%` : "";
    row.className = one.level + (one.begins ? " begins" : "");
    const findings = (one.findings || []).map((finding) => make("li", { lang: "en" }, finding));
    const told = [make("p", { className: "level" }, make("b", {}, words[one.level]), risk)];
    if (findings.length && doubtful) told.push(make("ul", {}, ...findings));
    row.querySelector(".told").replaceChildren(...told);
  };

  const addRow = (list, n, one) => {
    const seg = button(one.translation, () => toggle(row, n));
    seg.className = "seg";
    seg.lang = made.to;
    seg.dir = "auto";
    seg.setAttribute("aria-expanded", "false");
    const source = make("p", { className: "source", lang: made.from, dir: "auto" }, one.source);
    const row = make("li", { id: `s${n + 1}` }, source, make("div", {}, seg, make("div", { className: "told" })));
    list.append(row);
    return row;
  };

  const toggle = (row, n) => {
    const open = row.querySelector(".panel");
    document.querySelectorAll(".panel").forEach((panel) => panel.remove());
    document.querySelectorAll(".seg[aria-expanded=true]").forEach((seg) => seg.setAttribute("aria-expanded", "false"));
    const seg = row.querySelector(".seg");
    if (open || !made.whole) {
      seg.focus();
      return;
    }
    seg.setAttribute("aria-expanded", "true");
    const one = made.segments[n];
    const others = [...new Set([one.first, ...(one.alternatives || [])])].filter((other) => other && other !== one.translation);
    const own = make("textarea", { id: "own", rows: 2, lang: made.to, dir: "auto", value: one.translation });
    const told = make("span", { role: "status" });
    const close = () => toggle(row, n);
    const panel = make("div", { className: "panel" },
      make("h3", {}, words.others),
      others.length
        ? make("div", { className: "others", lang: made.to }, ...others.map((other) => button(other, () => (take(row, n, other), close()))))
        : make("p", { className: "how" }, words.none),
      make("h3", {}, make("label", { htmlFor: "own" }, words.edit)),
      own,
      make("div", { className: "act" },
        button(words.take, () => (take(row, n, own.value), close())),
        keeps ? button(words.keep, () => keep(row, n, own.value, told)) : null,
        button(words.close, close),
        told));
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    row.append(panel);
    own.focus();
  };

  const take = (row, n, translation) => {
    const one = made.segments[n];
    one.first ??= one.translation;
    if (!translation.trim() || translation === one.translation) return;
    one.translation = translation;
    one.level = "yours";
    row.querySelector(".seg").textContent = translation;
    level(row, one);
    showText();
  };

  const keep = async (row, n, translation, told) => {
    take(row, n, translation);
    try {
      const one = made.segments[n];
      await ask("/suggest", { q: one.source, s: one.translation, source: made.from, target: made.to }, () => {});
      told.textContent = words.kept;
    } catch (error) {
      told.textContent = error.message;
    }
  };

  /** The whole text, with the sentences as they are now in place of those that came. */
  const wholeText = () => {
    let [whole, at] = ["", 0];
    for (const one of made.segments) {
      const was = one.first ?? one.translation;
      const found = made.text.indexOf(was, at);
      if (found < 0) continue;
      whole += made.text.slice(at, found) + one.translation;
      at = found + was.length;
    }
    return whole + made.text.slice(at);
  };
  const showText = () => {
    document.getElementById("translation").textContent = wholeText();
  };

  const save = (ending, type, content) => {
    const link = make("a", { href: URL.createObjectURL(new Blob([content], { type })), download: `traghetto_${made.to}.${ending}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const xml = (value) => value.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const tmx = () => {
    const tuv = (lang, seg) => `<tuv xml:lang="${lang}"><seg>${xml(seg)}</seg></tuv>`;
    const units = made.segments.map((one) => `<tu>${tuv(made.from, one.source)}${tuv(made.to, one.translation)}</tu>`);
    const head = `<header creationtool="traghetto" creationtoolversion="1" segtype="sentence" o-tmf="text" adminlang="en" srclang="${made.from}" datatype="plaintext"/>`;
    return `<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">${head}<body>\n${units.join("\n")}\n</body></tmx>\n`;
  };
  const flat = (value) => value.replace(/[\t\n\r]+/g, " ");
  const tsv = () => made.segments.map((one) => `${flat(one.source)}\t${flat(one.translation)}\n`).join("");
  const json = () => JSON.stringify({ from: made.from, to: made.to, route: made.route, text: wholeText(), segments: made.segments }, null, 1);

  /** All of the translation, once it is reviewed. */
  const finish = (list, done) => {
    made.segments = (done.segments[0] || []).map((one, i, all) => ({ ...one, begins: i > 0 && one.block !== all[i - 1].block }));
    made.text = [done.translatedText].flat()[0];
    made.route = [done.route].flat()[0];
    made.whole = true;
    list.replaceChildren();
    made.segments.forEach((one, n) => level(addRow(list, n, one), one));
    const doubtful = made.segments.filter((one) => one.level !== "fine").length;
    const copied = make("span", { role: "status" });
    const copy = async () => {
      await navigator.clipboard.writeText(wholeText());
      copied.textContent = words.copied;
    };
    const look = doubtful ? [`${words.look}: `, make("strong", {}, String(doubtful))] : [words.nothing];
    document.getElementById("look").replaceChildren(...look);
    document.getElementById("how").append(made.route ? ` · ${made.route}` : "");
    document.getElementById("whole").replaceChildren(
      make("div", { id: "translation", className: "text", lang: made.to, dir: "auto" }, made.text),
      make("div", { className: "act" },
        navigator.clipboard ? button(words.copy, copy) : null,
        button(`${words.download} TXT`, () => save("txt", "text/plain", wholeText())),
        button("TSV", () => save("tsv", "text/tab-separated-values", tsv())),
        button("TMX", () => save("tmx", "application/xml", tmx())),
        button("JSON", () => save("json", "application/json", json())),
        copied));
    result.setAttribute("aria-busy", "false");
  };

  const translate = () => run(submit, words.working, async () => {
    const [source, target] = [form.elements.source.value, form.elements.target.value];
    made = { from: source, to: target, segments: [], whole: false };
    const how = make("p", { className: "how", id: "how" });
    const list = make("ol", { className: "pairs" });
    result.setAttribute("aria-busy", "true");
    result.replaceChildren(
      make("h2", {}, words.translation), how, make("div", { id: "whole" }),
      make("h2", {}, words.sentences), make("p", { id: "look" }), list);
    await ask("/translate", { q: text.value, source, target, alternatives: 3 }, (event, told) => {
      if (event === "start") {
        made.from = told.detectedLanguage.language;
        const found = source === "auto" ? ` (${words.detected})` : "";
        how.replaceChildren(`${words.from} `, make("b", {}, name(made.from)), found);
      } else if (event === "segment") {
        addRow(list, told.n, told);
        status.textContent = `${words.working} ${told.n + 1} / ${told.of}`;
      } else if (event === "done") {
        finish(list, told);
      }
    });
    result.focus({ preventScroll: true });
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    translate();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  // ---- summaries

  const cite = (source) => make("a", { href: `#s${source + 1}` }, `[${source + 1}]`);
  const claim = (one, lang) => {
    const quotes = one.evidence.map((sentence, i) => {
      const source = one.sources[i];
      const row = source !== undefined && document.getElementById(`s${source + 1}`);
      return make("blockquote", {}, sentence, row ? " " : "", row ? cite(source) : null);
    });
    const told = one.findings.map((finding) => make("li", { lang: "en" }, finding.message));
    return make("li", {}, make("span", { lang }, one.text),
      make("details", {}, make("summary", {}, words.rests), ...quotes),
      told.length ? make("ul", {}, ...told) : null);
  };
  summarize.hidden = false;
  summarize.addEventListener("click", () => {
    if (!running && !text.reportValidity()) return;
    run(summarize, words.reading, async () => {
      const place = document.getElementById("summary");
      const draft = make("p", { className: "text" });
      const [source, target] = [form.elements.source.value, form.elements.target.value];
      place.hidden = false;
      place.replaceChildren(make("h2", {}, words.summary), draft);
      await ask("/summarize", { q: text.value, source, target }, (event, told) => {
        if (event === "text") draft.textContent += told.text;
        if (event !== "done") return;
        const parts = [make("h2", {}, words.summary), make("p", { className: "how" }, `${words.by} ${told.model}`)];
        parts.push(make("ol", { className: "claims" }, ...told.claims.map((one) => claim(one, told.language))));
        if (told.rejected.length) {
          const left = told.rejected.map((one) => make("li", {}, one.text));
          parts.push(make("details", {}, make("summary", {}, words.unsupported), make("ul", {}, ...left)));
        }
        place.replaceChildren(...parts);
      });
      place.focus({ preventScroll: true });
    });
  });

  // ---- files

  /** A plain text goes into the field, any other is translated as a file. */
  const open = async (file) => {
    if (file.name.toLowerCase().endsWith(".txt")) {
      text.value = await file.text();
      return;
    }
    await run(submit, words.working, async () => {
      const body = new FormData(form);
      body.delete("q");
      body.append("file", file);
      const answer = await fetch("/translate_file", { method: "POST", body, signal: running.signal });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.error);
      const path = new URL(told.translatedFileUrl).pathname;
      const doubts = told.warnings.map((one) =>
        make("li", {}, make("span", { lang: "en" }, one.message), make("blockquote", {}, one.source), make("blockquote", {}, one.translation)));
      result.replaceChildren(
        make("h2", {}, words.ready),
        make("p", {}, make("a", { href: path, download: "" }, `${words.download} ${file.name}`)),
        make("p", { className: "how" }, told.route || ""),
        make("ul", {}, ...doubts));
      result.focus();
    });
  };
  const file = document.getElementById("file");
  document.getElementById("open").hidden = false;
  file.addEventListener("change", () => {
    if (file.files[0]) open(file.files[0]);
    file.value = "";
  });
  text.addEventListener("dragover", (event) => {
    event.preventDefault();
    text.classList.add("drop");
  });
  text.addEventListener("dragleave", () => text.classList.remove("drop"));
  text.addEventListener("drop", (event) => {
    event.preventDefault();
    text.classList.remove("drop");
    const [dropped] = event.dataTransfer.files;
    if (dropped) open(dropped);
    else text.value = event.dataTransfer.getData("text") || text.value;
  });

  const swap = document.getElementById("swap");
  swap.hidden = false;
  swap.addEventListener("click", () => {
    const { source, target } = form.elements;
    const has = (list, value) => [...list.options].some((option) => option.value === value);
    const from = source.value === "auto" && made ? made.from : source.value;
    if (!has(source, target.value) || (from !== "auto" && !has(target, from))) return;
    source.value = target.value;
    if (from !== "auto") target.value = from;
    if (made && made.whole) text.value = wholeText();
  });
})();
