// The same as bench/framework/candidates/framework.ts, by client-go: an informer of all pods whose transform keeps what an
// operator needs. Prints one line of JSON. `reference json` has the API server answer in JSON instead of protobuf.
package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func transform(in any) (any, error) {
	pod, ok := in.(*corev1.Pod)
	if !ok {
		return in, nil
	}
	kept := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, ResourceVersion: pod.ResourceVersion,
			Labels: pod.Labels, CreationTimestamp: pod.CreationTimestamp, OwnerReferences: pod.OwnerReferences,
		},
		Spec:   corev1.PodSpec{NodeName: pod.Spec.NodeName},
		Status: corev1.PodStatus{Phase: pod.Status.Phase},
	}
	for _, c := range pod.Spec.Containers {
		kept.Spec.Containers = append(kept.Spec.Containers, corev1.Container{Name: c.Name, Image: c.Image})
	}
	return kept, nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Of this program alone: what getrusage calls the peak counts the memory of the parent that forked it, too.
func mebibytes(field string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, field+":") {
			kib, err := strconv.ParseFloat(strings.Fields(line)[1], 64)
			must(err)
			return kib / 1024
		}
	}
	return 0
}

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(err)
	if len(os.Args) > 1 && os.Args[1] == "json" {
		config.ContentType = "application/json" // as for custom resources, which know no protobuf
	}
	client, err := kubernetes.NewForConfig(config)
	must(err)
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(transform))
	informer := factory.Core().V1().Pods().Informer()
	began := time.Now()
	stop := make(chan struct{})
	factory.Start(stop)
	if !cache.WaitForCacheSync(stop, informer.HasSynced) {
		panic("not in step")
	}
	wall := time.Since(began)
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	time.Sleep(2 * time.Second)
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"objects": len(informer.GetStore().ListKeys()),
		"seconds": wall.Seconds(), "cpuSeconds": cpu.Seconds(),
		"rssMiB": mebibytes("VmRSS"), "peakMiB": mebibytes("VmHWM"),
	}))
}
