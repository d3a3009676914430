// Elements are made of text only: nothing that a stranger wrote is ever read as HTML.
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") made.setAttribute(key, value); else made[key] = value;
  }
  made.append(...children);
  return made;
}

function byId(id) { return document.getElementById(id); }

// A true minus sign, and as many decimals as the metric's means are given with.
function score(value, metric) { return value === null ? "–" : value.toFixed(metric.decimals).replace("-", "−"); }
