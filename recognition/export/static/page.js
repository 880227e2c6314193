// The page as one file: drawings are read by the model in it. It comes here only in a browser that knows all it needs.
import "./card.js";
import "./tabs.js";
import "./drawing.js";
import "./cells.js";
import { $ } from "./elements.js";
import { rememberedLanguage, speak } from "./language.js";
import { watchModel } from "./model.js";

$("needs").remove();
speak(rememberedLanguage());
watchModel();
