import fc from "fast-check";

// The same inputs in every run, so that a change is judged by what it does. DEROOT_SEED=N looks elsewhere.
fc.configureGlobal({ seed: Number(process.env["DEROOT_SEED"] ?? 1) });
