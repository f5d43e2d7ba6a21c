import { ProposalError } from '#domain/peering';
import { PeerRegistryError } from '#peers';
import { refusedByRegistry, unusableProposal } from './peer-errors';

/**
 * Runs what puts something on record, and says in HTTP why it is not.
 * @throws HttpException 404 | 409 | 422; nothing is on record then
 */
export async function recording<T>(record: () => Promise<T>): Promise<T> {
  try {
    return await record();
  } catch (error) {
    if (error instanceof PeerRegistryError) throw refusedByRegistry(error);
    throw error instanceof ProposalError ? unusableProposal(error) : error;
  }
}
