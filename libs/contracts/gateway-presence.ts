import { z } from 'zod';

const presence = z.object({
  /** Unlike that of any other gateway, also of the one before a restart. */
  gatewayId: z.string().min(1),
  /** leaving: it takes nothing new, and what it holds may be taken over. */
  state: z.enum(['here', 'leaving']),
  /** It has just come, or has heard nobody for a while, and wants to know who is there. */
  asks: z.boolean(),
  /** Ids of the peers that it dials, or is connected to because it dialled them. */
  holds: z.array(z.string()),
  /** Those of them that it is connected to. */
  connected: z.array(z.string()),
});

/** What each gateway tells all others about itself, every now and then and whenever it changes. */
export type GatewayPresence = Readonly<z.output<typeof presence>>;

/** @throws ZodError for what is no announcement; further members are left out */
export function readGatewayPresence(announced: unknown): GatewayPresence {
  return presence.parse(announced);
}
