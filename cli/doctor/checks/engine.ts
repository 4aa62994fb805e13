import type { MachineFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";

/** A machine whose engine does not answer at all. */
export const engineSilent: Check = {
    id: "engine-silent",
    asks: "machine",
    holds: "every machine's Docker Engine answers",
    explainedBy: [],
    look: ({ nodes }) =>
        nodes.flatMap(({ name, machine }) =>
            machine?.silence?.at === "machine" ? [silentFinding(name, machine)] : [],
        ),
};

/** A machine that is there, but its engine is not. */
export const engineOff: Check = {
    id: "engine-off",
    asks: "machine",
    holds: "no machine runs without its Docker Engine",
    explainedBy: [],
    look: ({ nodes }) =>
        nodes.flatMap(({ name, machine }) =>
            machine?.silence?.at === "engine" ? [offFinding(name, machine)] : [],
        ),
};

function silentFinding(node: string, machine: MachineFacts): Finding {
    return {
        nodes: [node],
        seen: `its machine "${machine.name}" does not answer at ${place(machine)} (${text(machine)})`,
        why: "It is stopped, gone, has another address, or something between drops what is sent.",
        fix:
            "`pulumi up` starts one that is stopped, as does " +
            `\`docker-machine --storage-path ${machine.store} start ${machine.name}\`, and finds ` +
            "one that has moved; a host of your own is yours to start. One that is lost is made " +
            "anew: docs/replace.md.",
    };
}

function offFinding(node: string, machine: MachineFacts): Finding {
    return {
        nodes: [node],
        seen:
            `its machine "${machine.name}" runs, but no Docker Engine answers at ` +
            `${place(machine)} (${text(machine)})`,
        why: "Nothing can be changed there; containers that its engine has stopped are down.",
        fix:
            `On the machine, \`sudo systemctl start docker\`; if that fails, \`sudo journalctl -u ` +
            `docker\` says why. \`docker-machine --storage-path ${machine.store} ssh ` +
            `${machine.name}\` gets there. See that a firewall lets port 2376 through.`,
    };
}

function place({ host }: MachineFacts): string {
    return host ?? "any address that docker-machine knows";
}

function text({ silence }: MachineFacts): string {
    return silence?.text ?? "";
}
