// Which images are shown, and in which order: the form's fields say it.
const form = byId("filters");

function limit(field) {
  const value = form.elements[field].value.trim();
  return value === "" || Number.isNaN(Number(value)) ? null : Number(value);
}

function wanted() {
  const fields = form.elements;
  return {
    order: fields.order.value,
    metric: fields.metric.value,
    subject: fields.subject.value === "" ? null : Number(fields.subject.value),
    kind: fields.kind.value === "" ? null : fields.kind.value,
    request: fields.request.value === "" ? null : Number(fields.request.value),
    low: limit("low"),
    high: limit("high"),
    runs: new Set([...form.querySelectorAll("input[name=run]")].filter((box) => box.checked).map((box) => Number(box.value))),
  };
}

function matches(image, want) {
  if (!want.runs.has(images.run[image])) return false;
  if (want.subject !== null && images.subject[image] !== want.subject) return false;
  const kind = subjectOf(image).kind;
  if (want.kind !== null && kind !== want.kind) return false;
  if (want.request !== null && requestOf.get(`${kind}-${images.prompt[image]}`) !== want.request) return false;
  if (want.low === null && want.high === null) return true;
  const value = want.metric ? images[want.metric][image] : null;
  return value !== null && (want.low === null || value >= want.low) && (want.high === null || value <= want.high);
}

// Groups of images: one pair of subject and prompt, or one image where images are ranked.
function selectGroups(want) {
  const chosen = [];
  for (let image = 0; image < count; image += 1) if (matches(image, want)) chosen.push(image);
  if (want.order === "pairs" || !want.metric) {
    const pairs = new Map();
    for (const image of chosen) {
      const key = images.subject[image] * 100000 + images.prompt[image];
      if (!pairs.has(key)) pairs.set(key, []);
      pairs.get(key).push(image);
    }
    return [...pairs.entries()].sort((a, b) => a[0] - b[0]).map((entry) => entry[1]);
  }
  const values = images[want.metric];
  const sign = (want.order === "worst") === metrics.get(want.metric).up ? 1 : -1;
  const known = chosen.filter((image) => values[image] !== null);
  known.sort((a, b) => sign * (values[a] - values[b]) || a - b);
  return known.map((image) => [image]);
}
