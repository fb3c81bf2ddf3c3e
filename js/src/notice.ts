// What a page can report about its checkout (src/checkout/notice.rs gives the numbers). Of constants only: nothing of it is loaded.

export const enum Verb { Plan, Enter, Complete, Error, Skip, Going, Leave, Finish, There, Away }

/** What is reported: its number, its texts, the clicks since the last one, when. */
export type Notice = [verb: Verb, texts: string, clicks: number, at: number];
