// Go's readers of event streams, over a file in memory. A co-process of run.py: each line of its input asks
// for one run, `time PEER DIALECT BLOCK_BYTES FILE` or `text ...`, and gets one line: seconds, or the SHA-256
// of the text that the peer saw.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	official "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	community "github.com/sashabaranov/go-openai"
)

// seen is told the text of each event; nil while time is taken.
type seen func(text string)

// A peer reads a body of a dialect to its end. touch: read the text too, as a program would.
type peer func(body io.Reader, dialect string, see seen) error

var peers = map[string]peer{
	"openai-go-decoder":    decoder,
	"openai-go-typed":      func(body io.Reader, dialect string, see seen) error { return typed(body, dialect, false, see) },
	"openai-go-typed-text": func(body io.Reader, dialect string, see seen) error { return typed(body, dialect, true, see) },
	"go-openai-raw":        raw,
	"go-openai-typed":      received,
}

var kept int

func main() {
	lines := bufio.NewScanner(os.Stdin)
	fmt.Println(runtime.Version())
	for lines.Scan() {
		answer, err := run(strings.SplitN(lines.Text(), " ", 5))
		if err != nil {
			answer = "error " + err.Error()
		}
		fmt.Println(answer)
	}
}

var files = map[string][]byte{}

func run(asked []string) (string, error) {
	what, dialect, path := asked[0], asked[2], asked[4]
	read, known := peers[asked[1]]
	if !known {
		return "", fmt.Errorf("no peer %s", asked[1])
	}
	size, err := strconv.Atoi(asked[3])
	if err != nil {
		return "", err
	}
	if files[path] == nil {
		if files[path], err = os.ReadFile(path); err != nil {
			return "", err
		}
	}
	body := &blocks{bytes.NewReader(files[path]), size}
	if what == "text" {
		hash := sha256.New()
		err := read(body, dialect, func(text string) { io.WriteString(hash, text) })
		return fmt.Sprintf("%x", hash.Sum(nil)), err
	}
	runtime.GC() // not of the last run's rubbish
	start := time.Now()
	err = read(body, dialect, nil)
	return fmt.Sprintf("%.9f", time.Since(start).Seconds()), err
}

// blocks gives at most size bytes at a time.
type blocks struct {
	rest *bytes.Reader
	size int
}

func (b *blocks) Read(into []byte) (int, error) {
	if len(into) > b.size {
		into = into[:b.size]
	}
	return b.rest.Read(into)
}

func response(body io.Reader) *http.Response {
	header := http.Header{"Content-Type": {"text/event-stream"}}
	return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(body)}
}

// openai-go's raw decoder: name and bytes of each event, no JSON.
func decoder(body io.Reader, dialect string, see seen) error {
	events := ssestream.NewDecoder(response(body))
	for events.Next() {
		event := events.Event()
		kept += len(event.Data)
		if see != nil && !bytes.HasPrefix(event.Data, []byte("[DONE]")) {
			see(textOf(event.Data, dialect))
		}
	}
	return events.Err()
}

// openai-go's streams as its methods return them.
func typed(body io.Reader, dialect string, touch bool, see seen) error {
	events := ssestream.NewDecoder(response(body))
	if dialect == "assistants" {
		stream := ssestream.NewStreamWithSynthesizeEventData[official.AssistantStreamEventUnion](events, nil)
		for stream.Next() {
			event := stream.Current()
			kept += len(event.Event)
			if !touch && see == nil {
				continue
			}
			delta, is := event.AsAny().(official.AssistantStreamEventThreadMessageDelta)
			if !is {
				continue
			}
			text := delta.Data.Delta.Content[0].Text.Value
			kept += len(text)
			if see != nil {
				see(text)
			}
		}
		return stream.Err()
	}
	stream := ssestream.NewStream[official.ChatCompletionChunk](events, nil)
	for stream.Next() {
		text := stream.Current().Choices[0].Delta.Content
		kept += len(text)
		if see != nil {
			see(text)
		}
	}
	return stream.Err()
}

type doer struct{ body io.Reader }

func (d doer) Do(*http.Request) (*http.Response, error) { return response(d.body), nil }

// go-openai has one way in: a chat completion over a transport of the caller's.
func stream(body io.Reader) (*community.ChatCompletionStream, error) {
	config := community.DefaultConfig("none")
	config.HTTPClient = doer{body}
	return community.NewClientWithConfig(config).CreateChatCompletionStream(
		context.Background(), community.ChatCompletionRequest{Model: "none"})
}

func raw(body io.Reader, dialect string, see seen) error {
	events, err := stream(body)
	for err == nil {
		var data []byte
		if data, err = events.RecvRaw(); err == nil {
			kept += len(data)
			if see != nil {
				see(textOf(data, dialect))
			}
		}
	}
	return unlessEOF(err)
}

func received(body io.Reader, _ string, see seen) error {
	events, err := stream(body)
	for err == nil {
		var chunk community.ChatCompletionStreamResponse
		if chunk, err = events.Recv(); err == nil {
			text := chunk.Choices[0].Delta.Content
			kept += len(text)
			if see != nil {
				see(text)
			}
		}
	}
	return unlessEOF(err)
}

func unlessEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// textOf is for the check only.
func textOf(data []byte, dialect string) string {
	var event struct {
		Delta struct {
			Content []struct{ Text struct{ Value string } }
		}
		Choices []struct{ Delta struct{ Content string } }
	}
	if err := json.Unmarshal(data, &event); err != nil {
		return err.Error()
	}
	if dialect == "assistants" {
		return event.Delta.Content[0].Text.Value
	}
	return event.Choices[0].Delta.Content
}
