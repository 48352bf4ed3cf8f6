// Lifetimes are counted, threads are set and the default generator is seeded for the whole process: one test at a time.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
