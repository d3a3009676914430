// What was answered so far: kept in this browser alone, so that a closed page goes on where it was.
const data = JSON.parse(document.getElementById("data").textContent);
const questions = data.questions;
const ASKS = ["subject", "prompt"];
const STORE = `dreambench-study-${data.study}-${data.questionnaire}`;

function newRater() {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fresh() {
  return { rater: newRater(), begun: false, at: 0, said: {} };
}

function restored() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE));
    if (kept && typeof kept.rater === "string" && kept.said && kept.at >= 0 && kept.at <= questions.length) return kept;
  } catch { /* a browser may forbid storage, and what is kept may be broken; the questionnaire then begins anew */ }
  return fresh();
}

let state = restored();

function keep() {
  try { localStorage.setItem(STORE, JSON.stringify(state)); } catch { /* as above */ }
}

function saidTo(question) {
  return state.said[question.id] ??= { seconds: 0 };
}

function isAnswered(question) {
  const said = state.said[question.id];
  return Boolean(said) && ASKS.every((ask) => said[ask]);
}

function handedIn() {
  return JSON.stringify({
    kind: "dreambench user study answers",
    format: 1,
    study: data.study,
    questionnaire: data.questionnaire,
    rater: state.rater,
    answers: questions.map((question) => {
      const said = saidTo(question);
      return { question: question.id, subject: said.subject, prompt: said.prompt, seconds: Math.round(said.seconds * 10) / 10 };
    }),
  });
}
