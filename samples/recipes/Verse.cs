namespace ServerlessTuning.Recipes;

/// <summary>One verse of one translation.</summary>
/// <param name="Book">1 (Genesis) to 66 (Revelation) in the King James order; 0 for books that the King James Bible lacks.</param>
/// <param name="Title">The book's name as the World English Bible module spells it.</param>
public sealed record Verse(int Book, string Title, int Chapter, int Number, string Text);
