// The page: pictures go to the server as they are, answers come back and are shown. No picture is prepared here.
import "./card.js";
import "./tabs.js";
import "./drawing.js";
import "./pictures.js";
import "./cells.js";
import "./examples.js";
import { rememberedLanguage, speak } from "./language.js";
import { watchModel } from "./model.js";

speak(rememberedLanguage());
watchModel();
