import { refused, said, type Finding } from "../facts/finding.ts";
import type { HostFacts } from "../facts/hostFacts.ts";
import type { Looked } from "./context.ts";
import { osFindings } from "./operatingSystem.ts";

/** Seconds that a host's clock may be behind: docker-machine's certificates begin five minutes before they are made. */
const mostBehind = 240;

/** Seconds that it may be ahead: an agent's certificate lasts for a year, and is renewed before. */
const mostAhead = 300 * 24 * 60 * 60;

/** Seconds of difference that are worth a word. */
const noticeable = 30;

/** KiB that are needed where Docker keeps its data: the agents' image, packed and unpacked, and its data. */
const diskNeeded = 512 * 1024;
const diskScarce = 2 * 1024 * 1024;

const inodesNeeded = 1000;

/** KiB of memory below which Docker and an agent hardly run. */
const memoryScarce = 512 * 1024;
const availableScarce = 128 * 1024;

/** Whether the host itself is fit for a machine. */
export function systemFindings(looked: Looked): Finding[] {
    const { facts } = looked;
    return [
        ...osFindings(looked),
        ...toolFindings(facts),
        ...architectureFindings(looked),
        ...memoryFindings(facts),
        ...diskFindings(facts),
        ...clockFindings(looked),
    ];
}

function toolFindings({ tools, etc }: HostFacts): Finding[] {
    const isListed = tools.includes("ss") || tools.includes("netstat");
    return [
        ...(isListed
            ? []
            : [
                  refused(
                      "tools",
                      "it has neither ss nor netstat, by which docker-machine sees that Docker listens",
                      'Install the package "iproute2" or "net-tools" there.',
                  ),
              ]),
        ...(etc === "read-only"
            ? [
                  refused(
                      "read-only",
                      "/etc cannot be written there",
                      "docker-machine writes the engine's certificates and unit there: mount it read-write, or use " +
                          "another host.",
                  ),
              ]
            : []),
    ];
}

/** Names of CPUs: the kernel's, and Docker's. */
const architectures: Readonly<Record<string, string>> = {
    x86_64: "amd64",
    amd64: "amd64",
    aarch64: "arm64",
    arm64: "arm64",
    armv7l: "arm",
    armv6l: "arm",
    i686: "386",
    i386: "386",
};

/** What Docker calls a CPU that the kernel calls so. */
export function dockerArchitecture(machine: string): string {
    return architectures[machine] ?? machine;
}

function architectureFindings({ facts: { machine }, plan }: Looked): Finding[] {
    const { architecture } = plan;
    return machine === undefined ||
        architecture === undefined ||
        dockerArchitecture(machine) === architecture
        ? []
        : [
              refused(
                  "architecture",
                  `its CPU is ${dockerArchitecture(machine)} (${machine}), and the image is for ${architecture}`,
                  `Name an image for ${dockerArchitecture(machine)}, or another host.`,
              ),
          ];
}

function memoryFindings({ memory: { total, available } }: HostFacts): Finding[] {
    const few = (what: string, size: number) =>
        said(
            "memory",
            `${what} ${inMegabytes(size)}`,
            "Docker and a Consul agent together need some 200 MB, a busy server a lot more.",
        );
    if (total !== undefined && total < memoryScarce) {
        return [few("its memory is", total)];
    }
    return available !== undefined && available < availableScarce
        ? [few("the memory that it can still give is", available)]
        : [];
}

function diskFindings({ disk, inodes }: HostFacts): Finding[] {
    const full = (what: string, mount: string) =>
        refused(
            "disk",
            what,
            `Docker's images and Consul's data need ${inMegabytes(diskNeeded)} at least: make room on ${mount}.`,
        );
    if (disk !== undefined && disk.free < diskNeeded) {
        return [full(`${disk.mount} has ${inMegabytes(disk.free)} free`, disk.mount)];
    }
    // File systems that have no table of them tell a total of zero.
    if (inodes !== undefined && inodes.total > 0 && inodes.free < inodesNeeded) {
        return [full(`${inodes.mount} has room for ${inodes.free} more files`, inodes.mount)];
    }
    return disk !== undefined && disk.free < diskScarce
        ? [
              said(
                  "disk",
                  `${disk.mount} has ${inMegabytes(disk.free)} free`,
                  "that is enough for the first start, and not for many upgrades.",
              ),
          ]
        : [];
}

function clockFindings({ facts: { clock }, asked }: Looked): Finding[] {
    if (clock === undefined) {
        return [];
    }
    // It tells whole seconds.
    const behind = Math.floor(asked.from / 1000) - clock;
    const ahead = clock - Math.ceil(asked.to / 1000);
    const by = Math.max(behind, ahead);
    if (by <= noticeable) {
        return [];
    }
    const seen = `its clock is ${inWords(by)} ${behind > ahead ? "behind" : "ahead of"} this computer's`;
    const advice =
        "set it by `sudo timedatectl set-ntp true`, or this computer's, if that is the wrong one.";
    return behind > mostBehind || ahead > mostAhead
        ? [
              refused(
                  "clock",
                  seen,
                  `Certificates that are made now would not be valid there: ${advice}`,
              ),
          ]
        : [said("clock", seen, advice)];
}

function inMegabytes(kib: number): string {
    return `${Math.round(kib / 1024)} MB`;
}

function inWords(seconds: number): string {
    const [size, unit] =
        seconds < 120
            ? [1, "seconds"]
            : seconds < 7200
              ? [60, "minutes"]
              : seconds < 172_800
                ? [3600, "hours"]
                : [86_400, "days"];
    return `${Math.round(seconds / size)} ${unit}`;
}
