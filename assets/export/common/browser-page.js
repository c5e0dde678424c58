/** Shows what a model says of the files that are chosen in `#files`, as the items of `#answers`. */

/** @param classify  a file → its probabilities, [{ label, probability }] */
export function answerFiles(classify) {
  const input = document.querySelector('#files');
  const list = document.querySelector('#answers');
  input.addEventListener('change', async () => {
    list.replaceChildren();
    for (const file of input.files) {
      const item = document.createElement('li');
      try {
        const answers = await classify(file);
        const best = answers.toSorted((a, b) => b.probability - a.probability)[0];
        item.textContent = `${file.name}: ${best.label}, ${(best.probability * 100).toFixed(1)} %`;
        item.dataset.probabilities = JSON.stringify(answers);
      } catch (error) {
        item.textContent = `${file.name}: this browser cannot read it (${error.message})`;
      }
      list.append(item);
    }
  });
  input.disabled = false;
}
