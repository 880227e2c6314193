// What cannot be answered, and why.
import { explained, word } from "./language.js";

export class Refusal extends Error {
  // `problem` is what the server answered, or only its status.
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }

  get sentence() {
    return explained(this.problem) ?? word("failed", this.problem.status);
  }
}
