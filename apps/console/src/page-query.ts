import { BadRequestException } from '@nestjs/common';

/** Rows that one answer holds at most, and unless asked otherwise. */
export const PAGE_MAX = 1_000;
const PAGE_DEFAULT = 100;

/** @throws BadRequestException naming the parameter and the rule. */
export function pageLimit(text: string | undefined): number {
  if (text === undefined) return PAGE_DEFAULT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= PAGE_MAX) return limit;
  throw new BadRequestException(`limit must be an integer from 1 to ${PAGE_MAX}`);
}

/** A place in a stream, from 0. @throws BadRequestException */
export function place(name: string, text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BadRequestException(`${name} must be an integer from 0`);
}

/** The number of a partition that the log has. @throws BadRequestException */
export function partitionNumber(text: string, last: number): number {
  const partition = place('partition', text);
  if (partition <= last) return partition;
  throw new BadRequestException(`partition must be an integer from 0 to ${last}`);
}
