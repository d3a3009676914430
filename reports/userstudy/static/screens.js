// The three screens: what it is about, a question, and handing in.
const byId = (id) => document.getElementById(id);
const fields = Object.fromEntries(ASKS.map((ask) => [ask, document.querySelector(`[data-ask="${ask}"]`)]));
let asking = ASKS[0];
let since = performance.now();

function screenName() {
  if (!state.begun) return "start";
  return state.at < questions.length ? "question" : "end";
}

function setPicture(image, number) {
  image.src = data.pictures[number];
  image.decode().then(() => image.classList.toggle("small-picture", image.naturalWidth <= 160), () => {});
}

function show({ focus = true } = {}) {
  const name = screenName();
  for (const screen of ["start", "question", "end"]) byId(screen).hidden = screen !== name;
  if (name === "question") showQuestion(questions[state.at]);
  if (name === "end") showEnd();
  if (focus && name !== "start") byId(name === "question" ? "place" : "thanks").focus({ preventScroll: true });
  scrollTo(0, 0);
  keep();
}

function showQuestion(question) {
  byId("place").textContent = `Question ${state.at + 1} of ${questions.length}`;
  byId("bar").value = questions.filter(isAnswered).length;
  byId("text").textContent = question.text;
  byId("references").replaceChildren(...question.references.map((number, place) => {
    const image = new Image();
    image.alt = `The reference item, image ${place + 1}`;
    setPicture(image, number);
    return image;
  }));
  setPicture(byId("left"), question.left);
  setPicture(byId("right"), question.right);
  for (const ask of ASKS) {
    for (const input of fields[ask].querySelectorAll("input")) input.checked = saidTo(question)[ask] === input.value;
  }
  since = performance.now();
  turnTo(ASKS.find((ask) => !saidTo(question)[ask]) || ASKS[0]);
}

// The part of the screen that the arrow keys answer.
function turnTo(ask) {
  asking = ask;
  for (const each of ASKS) fields[each].classList.toggle("now", each === ask);
  byId("next").disabled = !isAnswered(questions[state.at]);
  byId("back").disabled = state.at === 0;
}

function answer(ask, value) {
  const question = questions[state.at];
  saidTo(question)[ask] = value;
  for (const input of fields[ask].querySelectorAll("input")) input.checked = input.value === value;
  turnTo(ASKS.find((each) => !saidTo(question)[each]) || ask);
  keep();
}

function leave(step) {
  if (state.at < questions.length) saidTo(questions[state.at]).seconds += (performance.now() - since) / 1000;
  state.at = Math.max(0, Math.min(questions.length, state.at + step));
  show();
}

function next() {
  if (!isAnswered(questions[state.at])) return;
  // A question that was left unanswered comes before the end.
  const open = questions.findIndex((question) => !isAnswered(question));
  leave(state.at + 1 === questions.length && open >= 0 ? open - state.at : 1);
}

let file = null;
function showEnd() {
  const text = handedIn();
  byId("answers").value = text;
  byId("copied").textContent = "";
  if (file) URL.revokeObjectURL(file);
  file = URL.createObjectURL(new Blob([text + "\n"], { type: "application/json" }));
  byId("download").href = file;
  byId("download").download = `answers-${String(data.questionnaire).padStart(2, "0")}-${state.rater.slice(0, 6)}.json`;
}

async function copy() {
  const area = byId("answers");
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    area.select(); // a page from a disk may not reach the clipboard in the new way
    document.execCommand("copy");
  }
  byId("copied").textContent = "Copied.";
}
