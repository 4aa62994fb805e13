import { expect, test } from "vitest";
import { labImageReference } from "../../scripts/lab/labImage.ts";
import { declareCluster, nodeNames, plainCluster, requestOf } from "../support/cluster.ts";
import { valueOf } from "../support/declare.ts";

test("every Command runs our script with Node, without a shell, and removes before it replaces", async () => {
    const { declared } = await plainCluster("lab");

    const commands = declared.filter(({ type }) => type === "command:local:Command");
    const ways = commands.map(({ inputs, deleteBeforeReplace }) => ({
        interpreter: inputs.interpreter,
        addPreviousOutputInEnv: inputs.addPreviousOutputInEnv,
        logging: inputs.logging,
        deleteBeforeReplace,
    }));
    // What the state keeps for other computers, their scripts find again.
    const isKept = (name: string) => /-(store|machine|teardown)$/.test(name);
    expect(ways).toEqual(
        commands.map(({ name }) => ({
            interpreter: ["node", "scripts/entry.js"],
            addPreviousOutputInEnv: isKept(name),
            logging: "stderr",
            deleteBeforeReplace: true,
        })),
    );
});

test("each Command runs these verbs, and a changed request makes the thing again", async () => {
    const { declared } = await plainCluster("lab");

    const commands = declared.filter(({ type }) => type === "command:local:Command");
    const verbs = commands.map(({ name, inputs }) => {
        const kind = name.replace(/^consul-((server|client)-\d-)?/, "");
        const runs = inputs as Readonly<Record<string, string | undefined>>;
        return [kind, ...["create", "update", "delete"].map((when) => runs[when] ?? "none")];
    });
    const made = (kind: string, verb: string, down = "none") => [kind, verb, verb, down];
    expect([...new Set(verbs.map((row) => row.join(": ")))].sort()).toEqual(
        [
            made("agent-check", "agent check"),
            ["agent-clearance", "none", "server clear", "none"],
            made("cluster-ready", "cluster ready"),
            made("formation", "formation record"),
            made("lab-image", "lab image"),
            made("lab-key", "lab key", "lab unkey"),
            made("lab-network", "lab network", "lab unnetwork"),
            made("machine", "machine up", "machine down"),
            ["member", "none", "none", "member leave"],
            // A node that did not change is not waited for again.
            ["ready", "agent ready", "agent known", "none"],
            made("store", "store open", "store close"),
            made("teardown", "cluster keep", "cluster dissolve"),
        ].map((row) => row.join(": ")),
    );
});

test("the store and the machines travel as secret answers, and those of before are not run again for it", async () => {
    const { declared } = await plainCluster("generic");

    const kept = declared.filter(({ key }) => /^Command .*-(store|machine)$/.test(key));
    expect(kept).toHaveLength(nodeNames.length + 1);
    for (const { secretOutputs, ignoreChanges, inputs } of kept) {
        expect([secretOutputs, ignoreChanges]).toEqual([["stdout"], ["addPreviousOutputInEnv"]]);
        expect(String(inputs.stdin)).not.toContain("inState");
    }
});

test("a store that the state may not keep is asked for no answer that has it", async () => {
    const { declared } = await declareCluster("generic", {
        store: { path: "store", inState: false },
    });

    const kept = declared.filter(({ key }) => /^Command .*-(store|machine|teardown)$/.test(key));
    expect(kept).toHaveLength(nodeNames.length + 2);
    for (const one of kept) {
        expect(one.inputs.addPreviousOutputInEnv).toBe(false);
        expect(requestOf(one)).toMatchObject({ inState: false });
    }
});

test("a machine's Command has its driver's flags, and any other makes another machine", async () => {
    const { find } = await plainCluster("virtualbox");

    const machine = find("Command consul-client-2-machine");
    expect(machine.inputs.create).toBe("machine up");
    expect(machine.inputs.delete).toBe("machine down");
    expect(machine.createTimeout).toBe("30m");
    expect(requestOf(machine)).toEqual({
        store: ".state/machines/mocked",
        owner: "consul-machines/dev",
        machine: "dev-client-2",
        driver: "virtualbox",
        flags: ["--virtualbox-hostonly-cidr=192.168.59.1/24"],
        hostRemains: false,
    });
    expect(machine.inputs.triggers).toEqual([
        "dev-client-2",
        "virtualbox",
        "--virtualbox-hostonly-cidr=192.168.59.1/24",
        "",
    ]);
});

test("a lab machine is a generic host that goes with the stack, and another host is another machine", async () => {
    const { find } = await plainCluster("lab");

    const flags = [
        "--generic-ip-address=10.0.0.12",
        "--generic-ssh-key=.state/machines/mocked/lab-ssh/id_lab",
        "--generic-ssh-user=root",
    ];
    const machine = find("Command consul-server-2-machine");
    expect(requestOf(machine)).toMatchObject({ driver: "generic", flags, hostRemains: false });
    expect(machine.inputs.triggers).toEqual([
        "dev-server-2",
        "generic",
        ...flags,
        "consul-server-2-lab-host-id",
    ]);
    expect(requestOf(find("Command consul-lab-image"))).toEqual({
        host: "unix:///var/run/docker.sock",
        reference: labImageReference(),
    });
    expect(requestOf(find("Command consul-lab-key"))).toEqual({
        keyFile: ".state/machines/mocked/lab-ssh/id_lab",
    });
});

test("an existing host outlives its machine, so that it is cleared by hand", async () => {
    const { find } = await plainCluster("generic");

    for (const node of nodeNames) {
        expect(requestOf(find(`Command consul-${node}-machine`))).toMatchObject({
            hostRemains: true,
        });
    }
});

test("the first formation is recorded, and what the settings say later is ignored", async () => {
    const { find } = await plainCluster("generic");

    const formation = find("Command consul-formation");
    expect(requestOf(formation)).toEqual({
        expect: 3,
        servers: ["server-1", "server-2", "server-3"],
        addresses: { "server-1": "10.0.0.11", "server-2": "10.0.0.12", "server-3": "10.0.0.13" },
    });
    expect(formation.ignoreChanges).toEqual(["stdin", "update", "addPreviousOutputInEnv"]);
});

test("a named docker-machine binary reaches every script that calls it", async () => {
    const { find } = await declareCluster("generic", {
        store: { path: "store", dockerMachine: "rancher-machine" },
    });

    expect(requestOf(find("Command consul-store"))).toEqual({
        store: "store",
        binary: "rancher-machine",
        owner: "consul-machines/dev",
        name: "consul-store",
        machines: nodeNames.map((node) => `dev-${node}`),
    });
    for (const name of ["machine", "ready"]) {
        expect(requestOf(find(`Command consul-client-1-${name}`))).toMatchObject({
            binary: "rancher-machine",
        });
    }
});

test("the cluster tells where it is, and every node by its name", async () => {
    const { cluster } = await plainCluster("virtualbox");

    expect(cluster.datacenter).toBe("dc1");
    expect(cluster.image).toBe("hashicorp/consul:1.22.2");
    expect(cluster.uiUrl && (await valueOf(cluster.uiUrl))).toBe("http://10.0.0.11:8500/ui/");
    expect(await valueOf(cluster.httpAddress)).toBe("http://10.0.0.11:8500");
    expect(await valueOf(cluster.dnsAddress)).toBe("10.0.0.11:8600");
    expect(Object.keys(cluster.nodes)).toEqual(nodeNames);
    const { role, machine, address, httpAddress } = cluster.nodes["client-1"] ?? {};
    expect([role, machine]).toEqual(["client", "dev-client-1"]);
    expect(address && (await valueOf(address))).toBe("10.0.0.101");
    expect(httpAddress && (await valueOf(httpAddress))).toBe("http://10.0.0.101:8500");
});
