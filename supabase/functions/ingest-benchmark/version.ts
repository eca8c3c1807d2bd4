/** The version of this release: of the function, its API and what is deployed with it. */
export const VERSION = "1.0.0";
