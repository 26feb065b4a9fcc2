/** How long a test waits for an event, in milliseconds: so long that only a fault meets the limit, even on a busy machine. */
export const LONGEST = 180_000;

/** For what is looked at again and again until it is as it should be: how long one look may take. */
export const ONE_LOOK = 5000;
