/** The key under which Terraform keeps time limits, and the limits of containers and images, in nanoseconds. */
const twentyMinutes = 1_200_000_000_000;

/** What Terraform keeps of a resource whose operations may each take 20 minutes. */
export const timeLimits = {
    "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0": {
        create: twentyMinutes,
        delete: twentyMinutes,
        update: twentyMinutes,
    },
};
