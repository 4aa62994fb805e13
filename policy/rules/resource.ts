/** What a rule reads of a resource. */
export interface Resource {
    /** Its type, for example `docker:index/container:Container`. */
    readonly type: string;
    /** Its logical name. */
    readonly name: string;
    /** Its inputs; of a component its outputs. In a preview, reading one that is not known yet throws. */
    readonly props: unknown;
}

/** The type of a container. */
export const containerType = "docker:index/container:Container";
