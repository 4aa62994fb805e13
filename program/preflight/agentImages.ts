import type { AgentImage } from "../../components/agent/agentImage.ts";
import { archiveFacts, isArchive, resolveImage } from "../../components/agent/imageArchive.ts";
import { versionOfTag, parseVersion, type ConsulVersion } from "../../scripts/consul/versions.ts";
import { canRun } from "../../scripts/protocol/cpu.ts";
import { namedImages, type NamedImage } from "../settings/imageSettings.ts";
import { problem } from "../settings/problems.ts";
import { imageFlavourProblem } from "../settings/progriumSettings.ts";
import type { Settings } from "../settings/settings.ts";
import type { MachineCpus } from "./machineCpus.ts";

/** An image that was read. */
export interface ReadImage extends NamedImage {
    /** Undefined where there is none. */
    readonly resolved: AgentImage | undefined;
    readonly problems: readonly string[];
    /** The CPU that it is for; undefined where that is not known: of a reference its registry decides. */
    readonly architecture: string | undefined;
    /** Its Consul, as far as it tells. */
    readonly version: ConsulVersion | undefined;
}

/** The images of a cluster's agents. */
export interface AgentImages {
    /** Of each machine, by its declaration's name. */
    readonly ofMachine: ReadonlyMap<string, ReadImage>;
    readonly problems: readonly string[];
}

/** Reads every image that the settings name. */
export function readImages({
    image,
    imageFlavour,
}: Pick<Settings, "image" | "imageFlavour">): Promise<ReadImage[]> {
    return Promise.all(
        namedImages(image).map(async (named): Promise<ReadImage> => {
            const { path, image: text, cpu } = named;
            const { image: resolved, problems } = await resolveImage(text, path);
            const { architecture, version } = isArchive(text) ? await archiveFacts(text) : {};
            const flavour =
                resolved?.kind === "archive"
                    ? imageFlavourProblem(`${path}: ${text}`, resolved.source, imageFlavour)
                    : [];
            const isForIt =
                cpu === undefined || architecture === undefined || canRun(cpu, architecture);
            const wrong = isForIt
                ? []
                : [problem(path, text, `its image is for ${architecture}; name one for ${cpu}`)];
            return {
                ...named,
                resolved,
                problems: [...problems, ...flavour, ...wrong],
                architecture: architecture ?? cpu,
                version: version === undefined ? versionOfTag(text) : parseVersion(version),
            };
        }),
    );
}

/**
 * Decides which image each machine is given, by its CPU.
 *
 * @param names of the declared machines.
 */
export function chooseImages(
    images: readonly ReadImage[],
    names: readonly string[],
    cpus: MachineCpus,
): AgentImages {
    const ofMachine = new Map<string, ReadImage>();
    const unfit = new Map<string, string[]>();
    for (const name of names) {
        // One that does not answer, or is still to be made by a driver that does not tell: most are alike.
        const cpu = cpus.get(name) ?? [...cpus.values()][0];
        const own = images.find((one) => one.cpu === cpu) ?? images.find((one) => fits(one, cpu));
        const [chosen = images[0]] = [own];
        if (chosen !== undefined) {
            ofMachine.set(name, chosen);
        }
        if (own === undefined && cpus.has(name) && cpu !== undefined) {
            unfit.set(cpu, [...(unfit.get(cpu) ?? []), name]);
        }
    }
    const problems = images.flatMap((one) => one.problems);
    return {
        ofMachine,
        problems: [...problems, ...[...unfit].map(([cpu, of]) => unfitProblem(images, cpu, of))],
    };
}

function fits({ architecture }: ReadImage, cpu: string | undefined): boolean {
    return architecture === undefined || cpu === undefined || canRun(cpu, architecture);
}

function unfitProblem(images: readonly ReadImage[], cpu: string, names: readonly string[]): string {
    const machines = names.length === 1 ? "the machine is" : "the machines are";
    const found = `${machines} ${cpu} (${names.join(", ")})`;
    const [only] = images;
    if (images.length === 1 && only?.cpu === undefined) {
        const { image = "", architecture = "" } = only ?? {};
        const way = `Name one for ${cpu}; or, for machines of both, a map: image: { ${cpu}: FILE, ${architecture}: FILE }. docs/image.md.`;
        return problem("image", image, `it is for ${architecture}, and ${found}. ${way}`);
    }
    const named = images.map((one) => one.cpu ?? "").join(", ");
    return problem("image", named, `${found}: name an image for ${cpu} as well`);
}
