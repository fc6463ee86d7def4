/** What apply takes for a saved plan is known by its name: every other file is a manifest. */
export const isSavedPlanName = (file: string): boolean => file.endsWith('.json');
