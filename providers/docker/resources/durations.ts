/** Nanoseconds of each unit of a duration. */
const units: Readonly<Record<string, number>> = {
    ns: 1,
    us: 1e3,
    µs: 1e3,
    ms: 1e6,
    s: 1e9,
    m: 60e9,
    h: 3600e9,
};

/** A duration as Go writes it, such as `1m30s`, in nanoseconds; 0 for what is none. */
export function nanoseconds(duration: unknown): number {
    const parts = (typeof duration === "string" ? duration : "").matchAll(
        /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g,
    );
    return [...parts].reduce(
        (sum, [, number, unit = ""]) => sum + Number(number) * (units[unit] ?? 0),
        0,
    );
}

/** Nanoseconds as Go writes them: `1m30s`, `500ms`, `0s`. */
export function goDuration(value: number | undefined): string {
    const total = value ?? 0;
    if (total === 0) {
        return "0s";
    }
    if (total < 1e9) {
        const unit = total < 1e3 ? "ns" : total < 1e6 ? "µs" : "ms";
        return `${trimmed(total / (units[unit] ?? 1))}${unit}`;
    }
    const hours = Math.floor(total / 3600e9);
    const minutes = Math.floor((total % 3600e9) / 60e9);
    const seconds = trimmed((total % 60e9) / 1e9);
    const hourPart = hours > 0 ? `${hours}h` : "";
    const minutePart = hours > 0 || minutes > 0 ? `${minutes}m` : "";
    return `${hourPart}${minutePart}${seconds}s`;
}

/** Without zeros at the end. */
function trimmed(value: number): string {
    return String(Number(value.toFixed(9)));
}
