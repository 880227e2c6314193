// Pictures come to the album: chosen, taken, dropped on any tab or pasted.
import { take } from "./album.js";
import { $ } from "./elements.js";

for (const id of ["choose", "photograph"]) {
  $(id).onchange = () => {
    take($(id).files);
    $(id).value = "";
  };
}
document.addEventListener("dragover", event => {
  event.preventDefault();
  if (!event.dataTransfer.types.includes("Files")) return;  // text, say
  document.body.classList.add("over");
});
document.addEventListener("dragleave", event => {
  if (!event.relatedTarget) document.body.classList.remove("over");
});
document.addEventListener("drop", event => {
  event.preventDefault();
  document.body.classList.remove("over");
  take(event.dataTransfer.files);
});
document.addEventListener("paste", event => take(event.clipboardData.files));
