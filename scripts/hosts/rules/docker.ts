import { basename } from "node:path/posix";
import { flagsAfter } from "../facts/daemonFlags.ts";
import { refused, said, type Finding } from "../facts/finding.ts";
import type { DockerFacts } from "../facts/hostFacts.ts";
import { listed, type Looked } from "./context.ts";
import { configFindings, makingFindings } from "./dockerSettings.ts";

/** Where docker-machine's unit starts the daemon, and the name of that unit's drop-in. */
const daemonPath = "/usr/bin/dockerd";
const machineUnit = "10-machine.conf";

/** Whether the Docker that is there becomes a machine's, and what of it stays as it is. */
export function dockerFindings(looked: Looked): Finding[] {
    const { docker, rights } = looked.facts;
    const stated = looked.plan.engine;
    if (docker.path === undefined && docker.daemonPath === undefined) {
        return [
            said(
                "install",
                "it has no Docker",
                "docker-machine installs it by the script of get.docker.com, for which the host needs the Internet.",
            ),
        ];
    }
    const kind = otherKind(docker);
    if (kind !== undefined) {
        return [kind];
    }
    // Without root the engine does not talk to us; that is refused by itself.
    const silent = rights === "no" ? [] : silentEngine(docker);
    return [
        ...silent,
        ...unitFindings(docker),
        ...configFindings(docker, stated),
        ...makingFindings(docker, stated?.making),
        ...keptFindings(docker),
    ];
}

/** A Docker that is no service of the system's, which docker-machine cannot provision. */
function otherKind(docker: DockerFacts): Finding | undefined {
    const { path = "", file = "", clientVersion = "", engine, unit } = docker;
    const remove =
        "Remove it there and install Docker's own packages (docs.docker.com/engine/install)";
    if (path.startsWith("/snap/") || file.startsWith("/snap/")) {
        const advice = `${remove}: \`sudo snap remove docker\`. Its containers and volumes go with it.`;
        return refused(
            "snap",
            `its Docker is a snap (${path}), which has no docker.service`,
            advice,
        );
    }
    if (/podman/i.test(clientVersion)) {
        const advice = `${remove}; the package that stands in for it is podman-docker.`;
        return refused("podman", `its command docker is Podman's (${clientVersion})`, advice);
    }
    const isRootless = engine?.rootless === true;
    if (isRootless || (engine === undefined && docker.rootless !== undefined && !isUnit(unit))) {
        return refused(
            "rootless",
            `its Docker runs without root (${docker.rootless ?? "/var/run/docker.sock"})`,
            "Install the usual one beside it: `sudo apt-get install docker-ce` or `docker.io`. The rootless one may stay.",
        );
    }
    if (docker.daemonPath === undefined) {
        return refused(
            "no-docker",
            `it has the command docker (${path}) and no daemon, so docker-machine would not install one`,
            "Install Docker there, or remove the command.",
        );
    }
    return undefined;
}

function isUnit(unit: Readonly<Record<string, string>>): boolean {
    return unit.LoadState === "loaded";
}

/** An engine that does not answer. docker-machine waits for it for three minutes, and fails. */
function silentEngine({ engine, error, unit }: DockerFacts): Finding[] {
    if (engine !== undefined) {
        return [];
    }
    const { LoadState: load = "", ActiveState: state = "", Result: result } = unit;
    if (load === "masked") {
        const advice = "`sudo systemctl unmask docker && sudo systemctl start docker`.";
        return [refused("engine", "its docker.service is masked", advice)];
    }
    if (load === "not-found") {
        const advice =
            "Install Docker's own packages, which have one (docs.docker.com/engine/install).";
        return [refused("engine", "it has Docker and no docker.service", advice)];
    }
    const how = [
        ...(state === "" ? [] : [`docker.service is ${state}`]),
        ...(result === undefined || result === "success" ? [] : [`its last start: ${result}`]),
        ...(error === "" ? [] : [error]),
    ];
    return [
        refused(
            "engine",
            `its Docker does not answer${how.length === 0 ? "" : `: ${how.join("; ")}`}`,
            "See why (`sudo journalctl -u docker -n 20`) and start it: `sudo systemctl start docker`.",
        ),
    ];
}

function unitFindings({ daemonPath: own = daemonPath, dropIns }: DockerFacts): Finding[] {
    const later = dropIns.filter(
        ({ path, starts }) => starts && basename(path) > machineUnit && path.endsWith(".conf"),
    );
    return [
        ...(own === daemonPath
            ? []
            : [
                  refused(
                      "daemon-path",
                      `its daemon is ${own}, and docker-machine's unit starts ${daemonPath}`,
                      `\`sudo ln -s ${own} ${daemonPath}\` there.`,
                  ),
              ]),
        ...later.map(({ path }) =>
            refused(
                "drop-in",
                `${path} sets ExecStart, and comes after docker-machine's ${machineUnit}, which would count for nothing`,
                `Give it a name that comes before, such as 05-${basename(path).replace(/^\d+-/, "")}, then ` +
                    "`sudo systemctl daemon-reload`; the flags in it are kept.",
            ),
        ),
    ];
}

/** What of the engine is kept, and what ends. */
function keptFindings({ engine, words }: DockerFacts): Finding[] {
    const { kept, closed, replaced } = flagsAfter(words);
    return [
        ...(engine === undefined || engine.storageDriver === "overlay2"
            ? []
            : [
                  said(
                      "storage-driver",
                      `its Docker has the storage driver ${engine.storageDriver}`,
                      "the machine's Docker keeps it: with another one its containers and images would be out of sight.",
                  ),
              ]),
        ...lostFindings(words),
        ...(kept.length === 0
            ? []
            : [
                  said(
                      "daemon-flags",
                      `its Docker is started with ${listed(kept)}`,
                      "it keeps that.",
                  ),
              ]),
        ...(closed.length === 0
            ? []
            : [
                  said(
                      "daemon-flags",
                      `its Docker listens on ${listed(closed)}`,
                      "it does not any more: as a machine it listens on its own port, with certificates.",
                  ),
              ]),
        ...(replaced.length === 0
            ? []
            : [
                  said(
                      "daemon-flags",
                      `its Docker has the label ${listed(replaced)}`,
                      "docker-machine's own, provider=generic, takes its place.",
                  ),
              ]),
    ];
}

/** Flags that cannot be kept as they are. */
function lostFindings(words: DockerFacts["words"]): Finding[] {
    const { lost } = flagsAfter(words);
    const isLabel = (flag: string) => flag.startsWith("label=");
    const finding = (flags: readonly string[], advice: string) =>
        flags.length === 0
            ? []
            : [
                  refused(
                      "daemon-flags",
                      `its Docker is started with ${listed(flags)}, which docker-machine cannot write into its unit`,
                      advice,
                  ),
              ];
    return [
        ...finding(
            lost.filter((flag) => !isLabel(flag)),
            "Put that into /etc/docker/daemon.json in place of the unit.",
        ),
        // In daemon.json it would collide with docker-machine's own.
        ...finding(
            lost.filter(isLabel),
            "Write the label without blanks and quotes, or take it out, and restart Docker.",
        ),
    ];
}
