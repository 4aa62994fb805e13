import { isIP } from "node:net";
import { z } from "zod";
import type { EngineSettings } from "../machine/engineSettings.ts";
import { issueLines } from "./problems.ts";
import { objectRule } from "./objectRule.ts";

/** How the agents' containers are run. A change replaces them, one server after another; data stay. */
export interface ContainerSettings {
    /** The most memory that an agent's container may use: MiB, or a text with a unit (`"512m"`, `"2g"`). Beyond it the
     * kernel ends the agent, and Docker starts it again. An idle agent uses about 120 MiB; Consul advises two to four times
     * what it holds. @default as much as the machine has */
    readonly memory?: number | string | undefined;
    /** Memory that is kept for the container while the machine has too little, in the same units; less than
     * {@link memory}. @default none */
    readonly memoryReservation?: number | string | undefined;
    /** How many files and connections an agent may have open (`nofile`); a server needs about two for each client.
     * @default the engine's own */
    readonly fileLimit?: number | undefined;
    /** Docker's logging driver. @default that of {@link EngineSettings.logDriver}, else `json-file` */
    readonly logDriver?: string | undefined;
    /** Options of that driver. Of `json-file` and `local` those that are not stated are `max-size` `10m` and `max-file` `3`.
     * They are in clear in the state: no tokens. @default none but these */
    readonly logOpts?: Readonly<Record<string, string>> | undefined;
    /** Names that the container resolves besides, to an IP address or to `host-gateway`, its machine. @default none */
    readonly extraHosts?: Readonly<Record<string, string>> | undefined;
    /** Where the agents' data are. It is for nodes that are made from now on: the data of one that there is stay where they
     * are. @default a volume of the machine's engine, in its own folder */
    readonly data?: DataPlace | undefined;
}

/** How a container is run on an engine whose containers log in another way than usual. */
export function containerOn(
    engine: Pick<EngineSettings, "logDriver" | "logOpts"> = {},
    container: ContainerSettings | undefined,
): ContainerSettings | undefined {
    const { logDriver, logOpts } = engine;
    const isUsual = logDriver === undefined && logOpts === undefined;
    if (isUsual || container?.logDriver !== undefined) {
        return container;
    }
    const driver = logDriver === undefined ? {} : { logDriver };
    return { ...container, ...driver, logOpts: { ...logOpts, ...container?.logOpts } };
}

/** Where an agent's data are: in a folder of its machine, or on a volume of another driver. */
export type DataPlace = DataFolder | DataDriver;

/** A folder of the machine. */
export interface DataFolder {
    /** A folder that lasts, such as the mount point of a disk: an absolute path. The node's data are in a folder of their
     * own in it, which is left when the node is removed. What somebody else has there is not touched. */
    readonly hostPath: string;
}

/** A volume of another driver than the engine's own. */
export interface DataDriver {
    /** Name of a volume plugin that the machine's engine has, or `local`. */
    readonly volumeDriver: string;
    /** Its options; they are in clear in the state. @default none */
    readonly volumeOptions?: Readonly<Record<string, string>> | undefined;
}

/** What Docker reads of a size, in MiB. */
const unit: Readonly<Record<string, number>> = { k: 1 / 1024, m: 1, g: 1024 };

/** Less would end a server that does nothing yet. */
const leastMemory = 128;

/** MiB of a stated size; undefined for what is none. A number is MiB, a text has a unit. */
export function mebibytes(size: number | string): number | undefined {
    if (typeof size === "number") {
        return Number.isInteger(size) ? size : undefined;
    }
    const [, digits, letter = ""] = /^(\d+)([kmg])b?$/i.exec(size) ?? [];
    const each = unit[letter.toLowerCase()];
    return digits === undefined || each === undefined
        ? undefined
        : Math.floor(Number(digits) * each);
}

const memoryRule = `MiB, or a text with a unit such as 512m or 2g; at least ${leastMemory}m, for an idle agent uses about 120`;
const memory = z
    .union([z.number(), z.string()], memoryRule)
    .refine((size) => (mebibytes(size) ?? 0) >= leastMemory, memoryRule);

const limitRule = "a whole number from 1024 to 1048576";
const driverRule = "a logging driver's name, such as json-file or journald";
const optionRule = "an option's name: lowercase letters, digits, dots, underscores and dashes";
const hostRule = "a host name: letters, digits, dots and dashes";
const addressRule = "an IP address, or host-gateway for the machine itself";

const folderRule =
    "an absolute path of letters, digits, dots, underscores and dashes, and no folder of the system's own, such as " +
    "/srv/consul";
const ofSystem =
    /^\/(bin|boot|dev|etc|lib\w*|proc|root|run|sbin|sys|tmp|usr|var\/(run|tmp|lib\/(docker|containerd)))(\/|$)/;
const folder = z
    .string(folderRule)
    .regex(/^(\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/, folderRule)
    .refine((path) => !ofSystem.test(path), folderRule);
const volumeDriverRule = "the name of a volume plugin";
const dataKeys = ["hostPath", "volumeDriver", "volumeOptions"];
const dataRule = "hostPath, or volumeDriver with volumeOptions";
const data = z
    .strictObject(
        {
            hostPath: folder
                .exactOptional()
                .describe(
                    "A folder of the machine that lasts; the node's data are in one of their own in it.",
                ),
            volumeDriver: z
                .string(volumeDriverRule)
                .regex(/^[a-zA-Z0-9][a-zA-Z0-9._/:-]*$/, volumeDriverRule)
                .exactOptional()
                .describe("A volume plugin that the machines' engines have, or `local`."),
            volumeOptions: z
                .record(
                    z.string(),
                    z.string("a string; put quotes around it"),
                    objectRule("a map from the driver's options to strings"),
                )
                .exactOptional()
                .describe("Its options, in clear."),
        },
        objectRule(dataRule, dataKeys),
    )
    .transform((stated, context): DataPlace => {
        const place = dataPlaceOf(stated);
        if (place === undefined) {
            context.addIssue({ code: "custom", message: dataRule });
            return z.NEVER;
        }
        return place;
    });

/** Where data are to be; undefined for what says nothing, or two things. */
function dataPlaceOf(stated: Partial<DataFolder & DataDriver>): DataPlace | undefined {
    const { hostPath, volumeDriver, volumeOptions } = stated;
    if (volumeDriver === undefined) {
        return hostPath === undefined || volumeOptions !== undefined ? undefined : { hostPath };
    }
    const options = volumeOptions === undefined ? {} : { volumeOptions };
    return hostPath === undefined ? { volumeDriver, ...options } : undefined;
}

const shape = {
    memory: memory.exactOptional().meta({
        description: "The most memory that an agent may use; beyond it, it is restarted.",
        default: "as much as the machine has",
    }),
    memoryReservation: memory
        .exactOptional()
        .describe("Memory that is kept for it while the machine has too little."),
    fileLimit: z
        .int(limitRule)
        .min(1024, limitRule)
        .max(1_048_576, limitRule)
        .exactOptional()
        .meta({
            description: "How many files and connections it may have open.",
            default: "the engine's own",
        }),
    logDriver: z
        .string(driverRule)
        .regex(/^[a-z0-9][a-z0-9._/:-]*$/, driverRule)
        .exactOptional()
        .meta({ description: "Docker's logging driver.", default: "json-file" }),
    logOpts: z
        .record(
            z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, optionRule),
            z.string("a string; put quotes around it"),
            objectRule("a map from a logging driver's options to strings"),
        )
        .exactOptional()
        .meta({
            description: "Its options, in clear.",
            default: "`max-size: 10m` and `max-file: 3`, of json-file and local",
        }),
    extraHosts: z
        .record(
            z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, hostRule),
            z
                .string(addressRule)
                .refine((at) => at === "host-gateway" || isIP(at) > 0, addressRule),
            objectRule("a map from host names to addresses"),
        )
        .exactOptional()
        .describe("Names that the container resolves besides."),
    data: data.exactOptional().meta({
        description: "Where the data are of nodes that are made from now on.",
        default: "a volume in Docker's own folder",
        change: "nothing: the data of a node that is there stay where they are",
    }),
};

/** The setting `container`, as it is written. */
export const containerSchema = z
    .strictObject(shape, objectRule("how agents' containers are run", Object.keys(shape)))
    .superRefine(({ memory: most, memoryReservation: kept }, context) => {
        if (most !== undefined && kept !== undefined && !isLess(kept, most)) {
            const message = `less than container.memory, ${String(most)}`;
            context.addIssue({ code: "custom", path: ["memoryReservation"], message });
        }
    })
    .superRefine(({ logDriver, logOpts = {} }, context) => {
        if (logDriver === "none" && Object.keys(logOpts).length > 0) {
            const message = "nothing: the logging driver none has no options";
            context.addIssue({ code: "custom", path: ["logOpts"], message });
        }
    });

function isLess(a: number | string, b: number | string): boolean {
    return (mebibytes(a) ?? 0) < (mebibytes(b) ?? 0);
}

/** What is wrong with how containers are to be run, a line each. */
export function containerProblems(settings: ContainerSettings | undefined): string[] {
    // What a library's user leaves undefined is not stated.
    const stated: unknown = JSON.parse(JSON.stringify(settings ?? {}));
    return issueLines(containerSchema.safeParse(stated).error, stated, "container");
}
