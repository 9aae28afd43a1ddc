// The print button: the browser's own printing, which without script is in its menu.

const button = document.getElementById("print");
button.hidden = false;
// Labels below the screen are only fetched when asked for; a printer wants them all.
button.addEventListener("click", async () => {
  const images = Array.from(document.querySelectorAll(".sheet-of-labels img"));
  for (const image of images) image.loading = "eager";
  await Promise.all(images.map((image) => image.decode().catch(() => undefined)));
  window.print();
});
