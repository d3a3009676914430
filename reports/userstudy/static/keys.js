// Buttons, and the same by keyboard.
const KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "undecided" };

function begin() {
  state.begun = true;
  show();
}

for (const ask of ASKS) {
  fields[ask].addEventListener("change", (event) => answer(ask, event.target.value));
}
byId("begin").addEventListener("click", begin);
byId("next").addEventListener("click", next);
byId("back").addEventListener("click", () => leave(-1));
byId("again").addEventListener("click", () => leave(-1));
byId("copy").addEventListener("click", copy);
byId("anew").addEventListener("click", () => { state = fresh(); show(); });

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.id === "answers") return;
  const name = screenName();
  const onControl = event.target.closest("button, a");
  let done = true;
  if (event.key === "Enter" && !onControl && name === "start") begin();
  else if (name !== "question") done = false;
  else if (event.key in KEYS) answer(asking, KEYS[event.key]);
  else if (event.key === "ArrowUp") turnTo(ASKS[0]);
  else if (event.key === "Enter" && !onControl) next();
  else if (event.key === "Backspace") leave(-1);
  else done = false;
  if (done) event.preventDefault();
});

show({ focus: false });
