"""The arguments of the methods in words, for `help`. The first docstring that `help` shows loads it."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["words_for"]

#: Name of an argument -> what it means. A name after the name of a class of arguments overrides it.
_WORDS: Mapping[str, str] = {
    # Of every call
    "extra_headers": "Headers to add. `omit` as a value removes one.",
    "extra_query": "Query parameters to add.",
    "extra_body": "Values to add to the body.",
    "timeout": "The timeout of this call: seconds, a `Timeout`, a `ssescan.Timeouts`, or None.",
    # Of several APIs
    "instructions": "What the model is to do and how. It goes before the input.",
    "max_completion_tokens": "The most tokens of an answer, reasoning included.",
    "metadata": "Up to 16 pairs of strings to store with the object.",
    "model": "The name of the model.",
    "moderation": "How the input and the answer are moderated.",
    "parallel_tool_calls": "Whether the model may call several functions at once.",
    "prompt_cache_key": "A key that similar requests share, so that they meet in one cache.",
    "prompt_cache_options": "How the start of the prompt is cached.",
    "prompt_cache_retention": "How long the start of the prompt stays in the cache.",
    "reasoning_effort": "How much the model thinks before it answers.",
    "response_format": "The format of the answer: text, JSON, or JSON that follows a schema.",
    "safety_identifier": "A stable id of the end user, such as a hash, for the detection of abuse.",
    "service_tier": "The class of service, which sets price and speed.",
    "store": "Whether the server stores the answer, so that it can be retrieved.",
    "stream": "True to return a `Stream` of events.",
    "stream_options": "What a stream includes, such as token counts.",
    "temperature": "The randomness of the answer: 0 is the most predictable. Change this or `top_p`, not both.",
    "tool_choice": "Whether the model must, may or must not call a tool, or which one.",
    "tools": "The tools that the model may call.",
    "top_logprobs": "The number of likely tokens to return at each position, with their log probabilities.",
    "top_p": "The share of probability that tokens are chosen from: 0.1 means the likeliest tenth.",
    "truncation_strategy": "Which messages of the thread the model sees if there are too many.",
    "user": "The older name of `safety_identifier` and `prompt_cache_key`.",
    "verbosity": "How long the answer is: low, medium or high.",
    # Chat Completions
    "audio": "The voice and format of an answer that is audio.",
    "frequency_penalty": "Between -2 and 2. Higher values make the model repeat words less.",
    "function_call": "The older form of `tool_choice`.",
    "functions": "The older form of `tools`.",
    "logit_bias": "Token ids and what is added to their likelihood, between -100 and 100.",
    "logprobs": "Whether to return the log probabilities of the tokens.",
    "max_tokens": "The older form of `max_completion_tokens`.",
    "messages": "The conversation so far.",
    "modalities": "The kinds of output: text, audio, or both.",
    "n": "The number of choices to generate.",
    "prediction": "Text that the answer probably repeats, such as a file that is edited. It makes the answer faster.",
    "presence_penalty": "Between -2 and 2. Higher values lead the model to new topics.",
    "seed": "A number with which the server repeats its answer to the same request, as far as it can.",
    "stop": "One or several texts at which the answer ends. They are not part of it.",
    "web_search_options": "How the model searches the web.",
    # Responses
    "access_programs": "Programs of access that the request takes part in.",
    "background": "Whether the response is made in the background, to be read later.",
    "background_options": "How a response in the background runs.",
    "context_management": "How a long context is shortened.",
    "conversation": "The conversation that the response belongs to. Its items go before the input.",
    "image": "Settings of images in the input.",
    "include": "Further fields to return.",
    "input": "The text, or the items (messages, images, files, outputs of tools), that the model answers.",
    "max_output_tokens": "The most tokens of a response, reasoning included.",
    "max_tool_calls": "The most calls of built-in tools in one response.",
    "previous_response_id": "The response that this one follows.",
    "prompt": "A stored prompt, with its variables.",
    "reasoning": "How a reasoning model thinks, and whether it returns a summary.",
    "text": "The format of text: plain, or JSON that follows a schema; and its verbosity.",
    "truncation": "Whether items are dropped from a context that is too long (auto), or the call fails (disabled).",
    # Assistants
    "additional_instructions": "Instructions for this run, after those of the assistant.",
    "additional_messages": "Messages to add to the thread before the run.",
    "assistant_id": "The id of the assistant.",
    "max_prompt_tokens": "The most tokens of prompts in the whole run.",
    "thread": "The thread to create: its messages and resources.",
    "thread_id": "The id of the thread.",
    "run_id": "The id of the run.",
    "tool_outputs": "The output of each tool call, with the id of the call.",
    "tool_resources": "Files and vector stores of the tools.",
    "poll_interval_ms": "The time between two requests. By default the server sets it, else it is one second.",
    "RunCreate.instructions": "Instructions for this run, in place of those of the assistant.",
    "RunCreate.max_completion_tokens": "The most tokens of answers in the whole run.",
    "RunCreate.model": "The model, in place of that of the assistant.",
    "RunCreate.tools": "The tools, in place of those of the assistant.",
    "ThreadCreate.messages": "The messages to begin the thread with.",
    "ThreadCreateAndRun.instructions": "Instructions for this run, in place of those of the assistant.",
    "ThreadCreateAndRun.max_completion_tokens": "The most tokens of answers in the whole run.",
    "ThreadCreateAndRun.model": "The model, in place of that of the assistant.",
    "ThreadCreateAndRun.tools": "The tools, in place of those of the assistant.",
}


def words_for(arguments: type | None, name: str) -> str | None:
    """Return what an argument of a method means, or None.

    Args:
        arguments: The `TypedDict` of the method.
        name: The name of the argument.
    """
    return _WORDS.get(f"{getattr(arguments, '__name__', '')}.{name}") or _WORDS.get(name)
