import { expect } from "vitest";

const text = expect.any(String) as string;

/** What `docker inspect` says of the container of a secured agent: what it may do, and what it may fill. */
export const confinedContainer = {
    Config: { User: "100:1000" },
    HostConfig: {
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        ReadonlyRootfs: true,
        Privileged: false,
        Tmpfs: { "/tmp": text },
        LogConfig: { Type: "json-file", Config: { "max-file": text, "max-size": text } },
    },
};

/** What the kernel says of its process, in `/proc/PID/status`. */
export const confinedProcess: readonly RegExp[] = [
    /^Uid:\t100\t100\t100\t100$/m,
    /^Gid:\t1000\t1000\t1000\t1000$/m,
    /^NoNewPrivs:\t1$/m,
    ...["Inh", "Prm", "Eff", "Bnd", "Amb"].map((set) => new RegExp(`^Cap${set}:\t0+$`, "m")),
];
