// Runs before the page is drawn, so that a chosen theme does not flash.
const KEY = "dreambench-theme";
const THEMES = ["auto", "light", "dark"];
const root = document.documentElement;
let theme = "auto";
try { theme = localStorage.getItem(KEY) || "auto"; } catch { /* a browser may forbid storage; the system's theme is used */ }

function setTheme(name) {
  theme = THEMES.includes(name) ? name : "auto";
  if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
  const button = document.getElementById("theme");
  if (button) button.textContent = `Theme: ${theme}`;
}

setTheme(theme);
document.addEventListener("DOMContentLoaded", () => {
  setTheme(theme);
  document.getElementById("theme").addEventListener("click", () => {
    setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
    try { localStorage.setItem(KEY, theme); } catch { /* as above */ }
  });
});
