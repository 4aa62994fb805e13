import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { nodeLabel, ownerLabel } from "../../scripts/protocol/labels.ts";
import type { ContainerRef } from "../../scripts/protocol/requests.ts";
import type { ConfigFiles, ImageContract } from "../agent/imageContract.ts";
import type { JsonObject } from "../agent/agentConfig.ts";
import type { Role } from "../agent/ports.ts";
import { goesWith, type DockerMachine } from "../machine/dockerMachine.ts";
import { replaceLeftOver } from "../machine/leftOver.ts";
import { agentHost, dedicatedPlacement, type Placement } from "../machine/placement.ts";
import type { ScriptCommand } from "../pulumi/scriptCommand.ts";
import { agentContainer } from "./agentContainer.ts";
import { ignoredParts, replacedFor, unstatedLogging } from "./containerParts.ts";
import { declareAgentFiles } from "./agentFiles.ts";
import { agentTrial, declareCheck } from "./agentTrial.ts";
import { AgentTrials } from "./agentTrials.ts";
import { FilesAgain } from "./filesAgain.ts";
import type { ConsulNodeArgs, NodeAgentArgs } from "./nodeArgs.ts";
import { NodeAdoption } from "./nodeAdoption.ts";
import { contractOfNode } from "./nodeContract.ts";
import { tellNodeEngine } from "./nodeEngine.ts";
import { NodeLifecycle } from "./nodeLifecycle.ts";
import type { AgentSecurity, NodeSecurity } from "./nodeSecurity.ts";
import { declareVolumes } from "./nodeVolumes.ts";

/** What runs before a container is replaced, and behind what. */
interface ReplacementArgs {
    readonly lifecycle: NodeLifecycle;
    readonly after: readonly pulumi.Resource[];
    readonly again: FilesAgain | undefined;
}

/** The type of a node: a part of its resources' URNs. */
export const nodeType = "consul-machines:index:ConsulNode";

/**
 * One Consul agent on its machine. On a machine of its own every port is bound to that machine's
 * address; on a shared one, {@link SharedMachine} says what is published.
 */
export class ConsulNode extends pulumi.ComponentResource {
    /** The machine that it runs on. */
    public readonly machine: DockerMachine;
    /** Where peers and clients reach this node. */
    public readonly address: pulumi.Output<string>;
    /** By what peers join this node: its address, or on a shared machine its name. */
    public readonly joinAddress: pulumi.Output<string>;
    /** Provider of the machine's Docker Engine, for other containers there. */
    public readonly provider: docker.Provider;
    /** The agent's HTTP API, `http://ADDRESS:8500`, or in a secured cluster `https://ADDRESS:8501`; of a
     * node that publishes none, the API of the one that is reached in its place. It is where this computer reaches it. */
    public readonly httpAddress: pulumi.Output<string>;
    /** The same where the machines and what runs on them reach it: another address where this computer has to use
     * another one ({@link GenericMachine.reach}). */
    public readonly peerHttpAddress: pulumi.Output<string>;
    /** Name of the node that is reached there, where nodes share a machine; undefined for itself. */
    public readonly askThrough: string | undefined;
    /** The agent's container. */
    public readonly agent: docker.Container;
    /** Where that container is. */
    public readonly container: ContainerRef;
    /** The gate: what starts after this node waits for it. */
    public readonly ready: pulumi.Resource;
    /** The node's place in the cluster: it leaves when this is removed. */
    public readonly membership: pulumi.Resource;
    /** The gate of its cluster: what needs a leader waits for it. Undefined outside of a cluster. */
    public readonly clusterReady: pulumi.Output<pulumi.Resource> | undefined;
    /** What it takes to ask its agent; undefined in an open cluster. */
    public readonly secured: NodeSecurity | undefined;
    /** The node's name in the cluster. */
    public readonly nodeName: string;
    /** Whether its agent is a server. */
    public readonly role: Role;
    /** Counts the node's machines; what else lives on one is of its generation, see
     * {@link ofGeneration}. */
    public readonly generation: number;
    readonly #args: NodeAgentArgs;
    readonly #contract: ImageContract;
    readonly #placement: Placement;
    readonly #adoption: NodeAdoption | undefined;

    constructor(name: string, args: ConsulNodeArgs, opts?: pulumi.ComponentResourceOptions) {
        super(nodeType, name, {}, opts);
        const { nodeName, role, agent } = args;
        this.#args = args;
        this.#contract = contractOfNode(args);
        const { recursors, tls, agentConfig: extra } = agent;
        const files = this.#contract.configFiles({ role, recursors, tls, extra });
        this.nodeName = nodeName;
        this.role = role;
        this.generation = ("sharedMachine" in args ? undefined : args.generation) ?? 1;
        this.clusterReady = args.clusterReady;
        this.secured = args.secured;
        const adopting = { args, placement: () => this.#placement };
        this.#adoption = args.adopt && new NodeAdoption(name, { adopt: args.adopt, ...adopting });
        const hooks = this.#adoption?.ofMachine;
        this.#placement =
            "sharedMachine" in args
                ? args.sharedMachine.placementOf(nodeName)
                : dedicatedPlacement(
                      agentHost(name, { ...args, hooks }, agent.image, this, (machine) =>
                          tellNodeEngine(name, args, this.#contract, machine, this),
                      ),
                      this.#contract,
                  );
        this.machine = this.#placement.machine;
        this.provider = this.#placement.provider;
        this.address = this.#placement.address;
        this.joinAddress = this.#placement.joinAddress;
        this.httpAddress = this.#placement.httpAddress;
        this.peerHttpAddress = this.#placement.peerHttpAddress;
        this.askThrough = this.#placement.queryVia;
        this.container = {
            store: this.machine.store.path,
            machine: this.machine.machineName,
            container: this.#placement.containerName,
        };
        const lifecycle = new NodeLifecycle(
            {
                args,
                placement: this.#placement,
                contract: this.#contract,
                reloadable: files.reloadable,
                generation: this.generation,
                container: this.container,
            },
            this,
        );
        this.agent = this.#agent(name, files, lifecycle);
        this.ready = lifecycle.gate(`${name}-ready`, this.agent, this.#adoption?.ofGate);
        this.membership = lifecycle.membership(`${name}-member`, this.ready);
        this.registerOutputs({ address: this.address, httpAddress: this.httpAddress });
    }

    /** What waits for all that the node can do waits for these: its own gate and its cluster's. */
    public get gates(): pulumi.Input<pulumi.Resource>[] {
        return this.clusterReady === undefined ? [this.ready] : [this.ready, this.clusterReady];
    }

    /** What tells whose its volumes and its container are. */
    get #labels(): Readonly<Record<string, string>> {
        return { [ownerLabel]: this.machine.store.owner, [nodeLabel]: this.nodeName };
    }

    #agent(name: string, files: ConfigFiles, lifecycle: NodeLifecycle): docker.Container {
        const { image, provider } = this.#placement;
        const { startAfter = [], secured } = this.#args;
        const { config } = files;
        const container = `${name}-agent`;
        const labels = this.#labels;
        const parts = agentContainer(
            {
                args: this.#args,
                placement: this.#placement,
                contract: this.#contract,
                labels,
                address: this.address,
            },
            config,
        );
        const again = secured === undefined ? undefined : new FilesAgain(`${name}-files`);
        const node = { args: this.#args, placement: this.#placement, labels };
        const volumes = declareVolumes(name, { ...node, again, adoption: this.#adoption }, this);
        // By what writes the rights, an open cluster's agents are prepared for this.
        const rights = secured === undefined ? [] : [secured.written];
        const after = [...startAfter, image, ...volumes, ...rights];
        // Last of all: what was true before an image was pulled may not be so after.
        const cleared = this.#cleared(container, parts, files, { lifecycle, after, again });
        const written =
            again === undefined || secured === undefined
                ? undefined
                : this.#files(name, config, secured, [...after, ...cleared], again.ofFiles);
        const log = unstatedLogging(this.#args);
        return new docker.Container(
            container,
            { ...parts, ...log.args },
            {
                parent: this,
                provider,
                ...goesWith(this.machine.command),
                dependsOn: [...after, ...cleared, ...(written === undefined ? [] : [written])],
                replaceOnChanges: replacedFor(this.#args),
                ignoreChanges: [...log.ignoreChanges, ...ignoredParts(this.#placement, this.#args)],
                hooks: {
                    ...(written === undefined ? {} : again?.ofAgent(written)),
                    onError: [replaceLeftOver(container, this.machine)],
                },
            },
        );
    }

    /** What runs before its container is replaced: it is tried, and a server is cleared. */
    #cleared(
        name: string,
        parts: docker.ContainerArgs,
        files: ConfigFiles,
        { lifecycle, after, again }: ReplacementArgs,
    ): pulumi.Resource[] {
        const { role, nodeName, trials = new AgentTrials() } = this.#args;
        const node = {
            args: this.#args,
            placement: this.#placement,
            contract: this.#contract,
            container: this.container,
            files,
        };
        const trial = agentTrial(node, parts);
        if (role === "client") {
            return trial === undefined
                ? []
                : [declareCheck(`${name}-check`, node, trial, after, this)];
        }
        const tried = trial === undefined ? {} : trials.add(name, nodeName, trial);
        const hooks = { ...again?.ofClearance, ...tried };
        return [lifecycle.clearance(`${name}-clearance`, parts, after, hooks)];
    }

    #files(
        name: string,
        config: JsonObject,
        secured: AgentSecurity,
        after: readonly pulumi.Resource[],
        hooks: pulumi.ResourceHookBinding,
    ): ScriptCommand {
        const { container } = this;
        const args = { args: this.#args, placement: this.#placement, secured, container };
        return declareAgentFiles(`${name}-files`, { ...args, config, after, hooks }, this);
    }
}
