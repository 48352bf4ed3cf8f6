// libtorch's generator is one for the whole process, and a training process trains one model: two tests at once would draw each other's numbers.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
