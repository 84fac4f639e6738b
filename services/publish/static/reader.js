// The reader page is whole without this file. It adds live outcomes, the sentence being read, and replying in place.

const byId = (id) => document.getElementById(id);
const reading = "highlights" in CSS ? new Highlight() : null;
if (reading) CSS.highlights.set("reading", reading);

// ---- Listen to the article -----------------------------------------------------------------------------------------

// A WebVTT metadata file: each cue carries JSON that names a block and the code points of one sentence in it.
function readCues(vtt) {
  const seconds = (stamp) => stamp.split(":").reduce((total, part) => total * 60 + Number(part), 0);
  return vtt.split(/\r?\n\r?\n/).flatMap((part) => {
    const lines = part.split(/\r?\n/);
    const timing = lines.findIndex((line) => line.includes("-->"));
    if (timing < 0) return [];
    const [start, end] = lines[timing].split("-->").map((stamp) => seconds(stamp.trim().split(" ")[0]));
    const { selector } = JSON.parse(lines.slice(timing + 1).join("\n"));
    return [{ start, end, block: selector.value, from: selector.refinedBy.start, to: selector.refinedBy.end }];
  });
}

// The range of one sentence. Chips stand between the words but are no part of the text, so they are stepped over.
function sentenceRange(block, from, to) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest("[data-chip]") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  const range = document.createRange();
  let passed = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const points = Array.from(node.data);
    const unit = (offset) => points.slice(0, offset - passed).join("").length;
    if (from >= passed && from < passed + points.length) range.setStart(node, unit(from));
    if (to > passed && to <= passed + points.length) range.setEnd(node, unit(to));
    passed += points.length;
  }
  return range;
}

function startPlayer(audio) {
  let cues = null;
  let current = null;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const tools = document.createElement("div");
  tools.className = "player-tools";
  tools.innerHTML =
    '<button type="button" class="play">Play</button><button type="button" data-step="-1">Previous sentence</button>' +
    '<button type="button" data-step="1">Next sentence</button><label>Speed <select><option value="0.75">0.75</option>' +
    '<option value="1" selected>1</option><option value="1.25">1.25</option><option value="1.5">1.5</option>' +
    '<option value="2">2</option></select></label><label><input type="checkbox"> Follow the text</label>';
  audio.closest("fact-player").append(tools);
  const [play, speed, follow] = ["button", "select", "input"].map((name) => tools.querySelector(name));
  follow.checked = !still;

  async function timings() {
    if (cues) return;
    cues = [];
    const answer = await fetch(audio.dataset.timings).catch(() => null);
    if (answer?.ok) cues = readCues(await answer.text());
    show();
  }

  function show() {
    const cue = cues?.find((one) => audio.currentTime >= one.start && audio.currentTime < one.end) ?? null;
    if (cue === current) return;
    current = cue;
    reading?.clear();
    document.querySelectorAll(".reading-block").forEach((one) => one.classList.remove("reading-block"));
    const block = cue && document.querySelector(`[data-block="${CSS.escape(cue.block)}"]`);
    if (!block) return;
    const range = sentenceRange(block, cue.from, cue.to);
    if (reading) reading.add(range);
    else block.classList.add("reading-block");
    block.dataset.reading = range.toString();
    if (follow.checked && !audio.paused) {
      block.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
    }
  }

  async function step(by) {
    await timings();
    const position = cues.findLastIndex((one) => audio.currentTime + 0.05 >= one.start);
    const target = cues[Math.min(cues.length - 1, Math.max(0, position + by))];
    if (target) audio.currentTime = target.start + 0.01;
  }

  play.addEventListener("click", () => (audio.paused ? audio.play() : audio.pause()));
  speed.addEventListener("change", () => { audio.playbackRate = Number(speed.value); });
  tools.addEventListener("click", (event) => {
    const by = event.target.closest("[data-step]")?.dataset.step;
    if (by) step(Number(by));
  });
  for (const event of ["play", "pause", "ended"]) {
    audio.addEventListener(event, () => { play.textContent = audio.paused ? "Play" : "Pause"; });
  }
  audio.addEventListener("play", timings);
  for (const event of ["timeupdate", "seeked"]) audio.addEventListener(event, () => (cues ? show() : timings()));
  if ("mediaSession" in navigator) {
    navigator.mediaSession.metadata = new MediaMetadata({ title: document.querySelector("h1").textContent });
    navigator.mediaSession.setActionHandler("previoustrack", () => step(-1));
    navigator.mediaSession.setActionHandler("nexttrack", () => step(1));
  }
}

// ---- Live outcomes -------------------------------------------------------------------------------------------------

// The cards carry word and look; the chips standing in the text are brought to the same state.
function refreshChips(cards) {
  let changed = 0;
  for (const card of cards) {
    const id = card.id.replace("card-", "");
    const tone = "t-" + card.dataset.tone;
    for (const chip of document.querySelectorAll(`#article-body [data-chip="${CSS.escape(id)}"]`)) {
      const word = chip.querySelector(".chip-word");
      if (word.textContent === card.dataset.word) continue;
      changed += 1;
      word.textContent = card.dataset.word;
      chip.className = "chip " + tone;
      chip.querySelector(".icon").replaceWith(card.querySelector("h3 .icon").cloneNode(true));
    }
    for (const mark of document.querySelectorAll(`mark[data-claim="${CSS.escape(id)}"]`)) mark.className = "claim " + tone;
  }
  return changed;
}

function say(words, link) {
  const line = byId("live-words");
  line.textContent = words;
  if (!link) return;
  const anchor = document.createElement("a");
  anchor.href = link;
  anchor.textContent = "Show";
  line.append(" ", anchor);
}

const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

function startLive(box) {
  let waiting = null;
  let comments = 0;
  const address = new URL(box.dataset.live, location.href);
  address.searchParams.set("version", box.dataset.version);
  const source = new EventSource(address);

  // A reader in the middle of a card keeps it: the update waits until the card is closed. Focus is never taken away.
  function apply() {
    if (!waiting || document.querySelector(".card:popover-open")) return;
    const fresh = new DOMParser().parseFromString(waiting.html, "text/html");
    waiting = null;
    const held = document.activeElement?.closest("#fact-checker") ? document.activeElement : null;
    const heldId = held && (held.id || held.dataset.chip);
    byId("fact-checker").replaceWith(fresh.getElementById("fact-checker"));
    byId("claim-cards").replaceWith(fresh.getElementById("claim-cards"));
    if (heldId) {
      const same = byId(heldId) ?? document.querySelector(`#fact-checker [data-chip="${CSS.escape(heldId)}"]`);
      same?.focus({ preventScroll: true });
    }
    const changed = refreshChips(document.querySelectorAll("#claim-cards .card"));
    if (changed) say(`${plural(changed, "outcome")} updated.`);
  }

  source.addEventListener("panel", (event) => { waiting = JSON.parse(event.data); apply(); });
  document.addEventListener("toggle", (event) => { if (event.newState === "closed") apply(); }, true);
  source.addEventListener("comments", (event) => {
    comments += JSON.parse(event.data).added;
    if (comments > 0) say(`${plural(comments, "new comment")}.`, location.pathname + "#comments");
  });
  addEventListener("pagehide", () => source.close());
}

// ---- Comments ------------------------------------------------------------------------------------------------------

// The one form of the page moves to the comment that is answered; without this file the link opens a page with it.
function startReplies(form) {
  const home = byId("comment-home");
  const label = form.querySelector("label[for=comment-comment]");
  const submit = form.querySelector("[type=submit]");
  const first = [label.textContent, submit.textContent];
  const cancel = document.createElement("button");
  cancel.type = "button";
  cancel.className = "button quiet";
  cancel.textContent = "Do not reply";
  const place = (slot, parent, words) => {
    slot.append(form);
    form.elements.parent_id.value = parent;
    [label.textContent, submit.textContent] = words;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-reply]");
    if (!link) return;
    event.preventDefault();
    document.querySelector(".reply-slot")?.remove();
    const slot = document.createElement("div");
    slot.className = "reply-slot";
    link.closest("p").after(slot);
    place(slot, link.dataset.reply, [`Your reply to ${link.dataset.name}`, "Post reply"]);
    submit.after(" ", cancel);
    home.hidden = true;
    form.elements.comment.focus();
  });
  cancel.addEventListener("click", () => {
    const back = form.elements.parent_id.value;
    place(home, "", first);
    cancel.remove();
    home.hidden = false;
    document.querySelector(".reply-slot")?.remove();
    document.querySelector(`[data-reply="${CSS.escape(back)}"]`)?.focus();
  });
}

// Sending the same form twice must stay one act, sending a new one a new act: each page view gets ids of its own.
for (const input of document.querySelectorAll("input[name=request_id]")) {
  if (crypto.randomUUID) input.value = crypto.randomUUID();
}
const audio = document.querySelector("fact-player audio");
if (audio) startPlayer(audio);
const box = byId("fact-checker");
if (box.dataset.live) startLive(box);
const form = byId("comment");
if (form) startReplies(form);
