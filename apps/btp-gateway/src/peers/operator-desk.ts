import { readHostLookUp, readPeerTrial, type Subjects } from '#contracts';
import { type ControlListener, ControlRefusal, type Listening } from '#messaging';
import type { HostLookUps } from './host-look-ups';
import type { PeerTrials } from './peer-trials';

export interface OperatorDeskParts {
  readonly listener: Pick<ControlListener, 'listen'>;
  readonly subjects: Pick<Subjects, 'hostLookUp' | 'peerTrial'>;
  readonly hosts: Pick<HostLookUps, 'lookUp'>;
  readonly trials: Pick<PeerTrials, 'try'>;
}

/** All gateways share the questions: each is answered by one of them. */
const QUEUE = 'gateways';

/** Answers what operators ask before they add a peer. */
export class OperatorDesk {
  private listening: Listening[] = [];

  constructor(private readonly parts: OperatorDeskParts) {}

  open(): void {
    const { listener, subjects, hosts, trials } = this.parts;
    this.listening = [
      listener.listen(
        subjects.hostLookUp,
        async (question) => hosts.lookUp(readOr(readHostLookUp, question).hostname),
        QUEUE,
      ),
      listener.listen(
        subjects.peerTrial,
        async (question) => trials.try(readOr(readPeerTrial, question).document),
        QUEUE,
      ),
    ];
  }

  /** Takes no more questions; resolves when those that came are answered. */
  async close(): Promise<void> {
    await Promise.all(this.listening.splice(0).map((listening) => listening.stop()));
  }
}

/** What cannot be read is not repeated: it may hold a token. @throws ControlRefusal */
function readOr<T>(read: (question: unknown) => T, question: unknown): T {
  try {
    return read(question);
  } catch {
    throw new ControlRefusal('malformed', 'the question cannot be read');
  }
}
