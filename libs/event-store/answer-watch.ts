/** Notices that a connection owes an answer for too long, whatever was asked on it. */
export class AnswerWatch {
  private outstanding = 0;
  private quietSinceMs = 0;

  /** Questions that the server has not answered yet. */
  get isWaiting(): boolean {
    return this.outstanding > 0;
  }

  /** How long the server has owed an answer without giving any. */
  silentForMs(nowMs: number): number {
    return this.isWaiting ? nowMs - this.quietSinceMs : 0;
  }

  async follow<T>(question: Promise<T>): Promise<T> {
    if (this.outstanding === 0) this.quietSinceMs = performance.now();
    this.outstanding += 1;
    try {
      return await question;
    } finally {
      this.outstanding -= 1;
      this.quietSinceMs = performance.now();
    }
  }
}
