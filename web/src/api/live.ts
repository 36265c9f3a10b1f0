// Whether jobs are heard of as they go. Then they are asked for seldom, in case an event was lost.
let live = false;

export const setLive = (isLive: boolean): void => {
  live = isLive;
};

const SELDOM = 5000;

/** How long to wait before a job is asked for again. */
export const pauseOf = (usual: number): number => (live ? Math.max(SELDOM, usual) : usual);
