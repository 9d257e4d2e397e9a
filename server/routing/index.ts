// Decides which routing policy is in force for a person, and keeps all policies: drafted, published, withdrawn.
// Needs: the database, notices between processes, the catalogue's model ids.
// Promises: a policy that names unknown models or none is refused; a change is audited and counts on every instance within a moment.
export { type CalibrationReport, calibrationReport, readCalibration } from "./calibration.ts";
export { dryRun, tryPolicy } from "./dry-run.ts";
export { createPolicies, listedPolicy, type Policies } from "./policies.ts";
