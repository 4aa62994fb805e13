import type { RawSettings } from "./schema.ts";
import { defaultImage } from "../../components/agent/agentImage.ts";

/** What a stack file need not say. A test holds Pulumi.yaml against it. */
export const defaultSettings: RawSettings = {
    servers: 3,
    clients: 0,
    serverServices: [],
    clientServices: [],
    oneMachine: false,
    address: "",
    reach: "",
    driver: "lab",
    driverOptions: {},
    generations: {},
    image: defaultImage,
    imageFlavour: "official",
    datacenter: "dc1",
    join: [],
    joinStack: "",
    recursors: [],
    ports: {},
    dnsOnAddress: false,
    dnsOnBridge: false,
    allowVersion: "",
    httpOnBridge: false,
    publish: [],
    agentConfig: {},
    serverConfig: {},
    clientConfig: {},
    environment: {},
    files: {},
    serverFiles: {},
    clientFiles: {},
    labels: {},
    container: {},
    engine: {},
    registries: {},
    security: "",
    rollout: {},
    rotate: {},
    tls: {},
    authority: {},
    gossipKey: "",
    dockerMachine: "",
    machineStore: "",
    storeInState: true,
    snapshots: "",
};

/** The settings whose text is no JSON. */
export const textSettings: ReadonlySet<string> = new Set(
    Object.entries(defaultSettings)
        // An image may also be a map.
        .filter(([key, value]) => typeof value === "string" && key !== "image")
        .map(([key]) => key),
);
