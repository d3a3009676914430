// What the page knows about its images: columns of equal length, a place in them is an image.
const data = JSON.parse(byId("data").textContent);
const images = data.images;
const count = images.run.length;
const metrics = new Map(data.metrics.map((metric) => [metric.key, metric]));
const requestOf = new Map();
data.requests.forEach((request, place) => request.prompts.forEach((key) => requestOf.set(key, place)));

function subjectOf(image) { return data.subjects[images.subject[image]]; }

function textOf(image) { return data.texts[`${images.subject[image]}-${images.prompt[image]}`]; }

function stemOf(image) { return `images/${images.run[image]}/${images.subject[image]}-${images.prompt[image]}-${images.index[image]}`; }

function smallFile(image) { return `${stemOf(image)}.webp`; }

function largeFile(image) { return images.large[image] ? `${stemOf(image)}.jpg` : smallFile(image); }

function referenceFiles(subject) {
  return Array.from({ length: data.subjects[subject].references }, (_, place) => `images/references/${subject}-${place}.webp`);
}

function describe(image) {
  return `${data.runs[images.run[image]]}, ${subjectOf(image).id}: ${textOf(image)}, image ${images.index[image] + 1}`;
}

// Sorted scores of each run and metric, made when first asked for: where does an image stand among its run's?
const sortedScores = new Map();
function shareBelow(image, key) {
  const run = images.run[image];
  const name = `${run} ${key}`;
  if (!sortedScores.has(name)) {
    sortedScores.set(name, images[key].filter((value, place) => images.run[place] === run && value !== null).sort((a, b) => a - b));
  }
  const values = sortedScores.get(name);
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < images[key][image]) low = middle + 1; else high = middle;
  }
  return values.length > 1 ? low / (values.length - 1) : 0;
}
