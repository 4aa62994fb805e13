import { consul05Reach } from "../../components/cluster/clusterHosts.ts";
import { progriumReasons, progriumRefusals } from "../../components/cluster/progriumProblems.ts";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { StatedNode } from "./nodeSettings.ts";
import { namedImages } from "./imageSettings.ts";
import { problem } from "./problems.ts";
import type { RawSettings } from "./schema.ts";

/** What does not go with progrium's image, or with what the settings call it. */
export function progriumSettingProblems(raw: RawSettings, stated: readonly StatedNode[]): string[] {
    const named = namedImages(raw.image).flatMap(({ path, image }) =>
        imageFlavourProblem(path, image, raw.imageFlavour),
    );
    if (raw.imageFlavour !== "progrium") {
        return named;
    }
    const nodes = stated.map((node) => ({ ...node, generation: raw.generations[node.name] }));
    const refusals = progriumRefusals({
        ...raw,
        servers: nodes.filter(({ role }) => role === "server"),
        clients: nodes.filter(({ role }) => role === "client"),
        snapshots: raw.snapshots === "" ? undefined : raw.snapshots,
    });
    const refused = refusals.map((refusal) => {
        const reason = progriumReasons[refusal.what];
        switch (refusal.what) {
            case "services":
                return problem(`${refusal.node.path}.services`, refusal.node.services, reason);
            case "generations": {
                const { name, generation } = refusal.node;
                return problem(`generations.${name}`, generation, reason);
            }
            default:
                return problem(refusal.what, raw[refusal.what], reason);
        }
    });
    const elsewhere = stated.flatMap(({ path, reach }) =>
        reach === undefined ? [] : [problem(`${path}.reach`, reach, consul05Reach)],
    );
    return [...named, ...refused, ...elsewhere];
}

/**
 * Why an image of this name is not of this flavour, as far as its name tells.
 *
 * @param path the setting that names it.
 * @param reference of what machines pull, or the tag inside an archive.
 */
export function imageFlavourProblem(
    path: string,
    reference: string,
    flavour: ImageFlavour,
): string[] {
    const repository = reference.replace(/[:@][^/]*$/, "");
    if (flavour === "official" && /(^|\/)progrium\/consul$/.test(repository)) {
        const rule =
            'that image is started otherwise; set "imageFlavour" to "progrium" (docs/image.md), ' +
            "or take Consul's official one";
        return [problem(path, reference, rule)];
    }
    return flavour === "progrium" && /(^|\/)hashicorp\/consul$|^consul$/.test(repository)
        ? [problem(path, reference, 'with "imageFlavour: progrium" name progrium\'s image')]
        : [];
}

/** Warnings about that image. */
export function progriumWarnings({ imageFlavour }: Pick<RawSettings, "imageFlavour">): string[] {
    return imageFlavour === "progrium"
        ? [
              "imageFlavour: progrium's image is of 2015, with Consul 0.5.2. All vulnerabilities that " +
                  "were fixed since are open in it, and whoever reaches port 8500 of a node can run " +
                  "programs in its container. It has no snapshots, no autopilot and no leadership " +
                  "transfer (docs/image.md).",
          ]
        : [];
}
