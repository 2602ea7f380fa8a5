// A minimal operator by controller-runtime, beside which the whole operator is measured (bench/operator): the same watches, with
// transforms that keep what is needed, and one result for each Deployment, written where the images that run have changed. It
// judges nothing and asks nobody. Prints a line of JSON when all is written, and works until it is told to stop.
package main

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	concurrency = 16
	byOwner     = "owner"
	manager     = "reference"
)

var result = schema.GroupVersionKind{Group: "kubexray.io", Version: "v1alpha1", Kind: "XrayScanResult"}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func keptMeta(m metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: m.Namespace, Name: m.Name, UID: m.UID, ResourceVersion: m.ResourceVersion, Generation: m.Generation,
		Labels: m.Labels, CreationTimestamp: m.CreationTimestamp, OwnerReferences: m.OwnerReferences,
	}
}

func keepPod(in any) (any, error) {
	pod, ok := in.(*corev1.Pod)
	if !ok {
		return in, nil
	}
	kept := &corev1.Pod{ObjectMeta: keptMeta(pod.ObjectMeta), Spec: corev1.PodSpec{NodeName: pod.Spec.NodeName}}
	kept.Status.Phase = pod.Status.Phase
	for _, s := range pod.Status.ContainerStatuses {
		kept.Status.ContainerStatuses = append(kept.Status.ContainerStatuses,
			corev1.ContainerStatus{Name: s.Name, Image: s.Image, ImageID: s.ImageID})
	}
	return kept, nil
}

func keepReplicaSet(in any) (any, error) {
	set, ok := in.(*appsv1.ReplicaSet)
	if !ok {
		return in, nil
	}
	return &appsv1.ReplicaSet{ObjectMeta: keptMeta(set.ObjectMeta)}, nil
}

func keepDeployment(in any) (any, error) {
	deployment, ok := in.(*appsv1.Deployment)
	if !ok {
		return in, nil
	}
	kept := &appsv1.Deployment{ObjectMeta: keptMeta(deployment.ObjectMeta)}
	kept.Spec.Replicas = deployment.Spec.Replicas
	for _, c := range deployment.Spec.Template.Spec.Containers {
		kept.Spec.Template.Spec.Containers = append(kept.Spec.Template.Spec.Containers, corev1.Container{Name: c.Name, Image: c.Image})
	}
	return kept, nil
}

func ownerOf(object client.Object) []string {
	if owner := metav1.GetControllerOf(object); owner != nil {
		return []string{owner.Name}
	}
	return nil
}

// Which Deployments have a result, and when the last of them was written.
type progress struct {
	wanted atomic.Int64
	done   atomic.Int64
	last   atomic.Int64
}

type reconciler struct {
	client   client.Client
	progress *progress
}

func (r *reconciler) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	var deployment appsv1.Deployment
	if err := r.client.Get(ctx, request.NamespacedName, &deployment); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	digests, err := r.digestsOf(ctx, request.NamespacedName)
	if err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{}, r.write(ctx, &deployment, digests)
}

func (r *reconciler) digestsOf(ctx context.Context, key types.NamespacedName) (map[string]string, error) {
	var sets appsv1.ReplicaSetList
	if err := r.client.List(ctx, &sets, client.InNamespace(key.Namespace), client.MatchingFields{byOwner: key.Name}); err != nil {
		return nil, err
	}
	digests := map[string]string{}
	for _, set := range sets.Items {
		var pods corev1.PodList
		if err := r.client.List(ctx, &pods, client.InNamespace(key.Namespace), client.MatchingFields{byOwner: set.Name}); err != nil {
			return nil, err
		}
		for _, pod := range pods.Items {
			for _, status := range pod.Status.ContainerStatuses {
				if _, digest, found := strings.Cut(status.ImageID, "@"); found {
					digests[digest] = status.Image
				}
			}
		}
	}
	return digests, nil
}

func (r *reconciler) write(ctx context.Context, deployment *appsv1.Deployment, digests map[string]string) error {
	name := "deployment-" + deployment.Name
	images := []any{}
	for digest, reference := range digests {
		images = append(images, map[string]any{
			"reference": reference, "digest": digest, "state": "Scanned", "revision": "Current",
			"containers": []any{}, "firstSeen": deployment.CreationTimestamp.UTC().Format(time.RFC3339),
		})
	}
	sort.Slice(images, func(i, j int) bool {
		return images[i].(map[string]any)["digest"].(string) < images[j].(map[string]any)["digest"].(string)
	})
	before := &unstructured.Unstructured{}
	before.SetGroupVersionKind(result)
	err := r.client.Get(ctx, types.NamespacedName{Namespace: deployment.Namespace, Name: name}, before)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	isNew := err != nil
	if known, _, _ := unstructured.NestedSlice(before.Object, "status", "images"); !isNew && reflect.DeepEqual(known, images) {
		return nil
	}
	if isNew {
		ref := map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment.Name, "uid": string(deployment.UID)}
		body := object(deployment.Namespace, name, map[string]any{"spec": map[string]any{"workloadRef": ref}})
		if err := r.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(body), client.FieldOwner(manager), client.ForceOwnership); err != nil {
			return err
		}
	}
	status := map[string]any{"verdict": "Compliant", "action": "None", "images": images}
	body := object(deployment.Namespace, name, map[string]any{"status": status})
	if err := r.client.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(body), client.FieldOwner(manager), client.ForceOwnership); err != nil {
		return err
	}
	if isNew {
		r.progress.last.Store(time.Now().UnixNano())
		r.progress.done.Add(1)
	}
	return nil
}

func object(namespace, name string, fields map[string]any) *unstructured.Unstructured {
	fields["metadata"] = map[string]any{"namespace": namespace, "name": name}
	body := &unstructured.Unstructured{Object: fields}
	body.SetGroupVersionKind(result)
	return body
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

func deploymentOf(reader client.Reader) handler.MapFunc {
	return func(ctx context.Context, pod client.Object) []reconcile.Request {
		owner := metav1.GetControllerOf(pod)
		if owner == nil {
			return nil
		}
		var set appsv1.ReplicaSet
		if err := reader.Get(ctx, types.NamespacedName{Namespace: pod.GetNamespace(), Name: owner.Name}, &set); err != nil {
			return nil // its own event brings the Deployment
		}
		return ownersKey(&set)
	}
}

func ownersKey(object client.Object) []reconcile.Request {
	owner := metav1.GetControllerOf(object)
	if owner == nil {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: owner.Name}}}
}

func newManager() ctrl.Manager {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(err)
	config.QPS = -1 // as the operator: the API server says when it is too much
	config.ContentConfig = rest.ContentConfig{ContentType: "application/vnd.kubernetes.protobuf", AcceptContentTypes: "application/vnd.kubernetes.protobuf,application/json"}
	log.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	made, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme.Scheme,
		Metrics: server.Options{BindAddress: "0"},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&corev1.Pod{}:        {Transform: keepPod},
			&appsv1.ReplicaSet{}: {Transform: keepReplicaSet},
			&appsv1.Deployment{}: {Transform: keepDeployment},
		}, DefaultTransform: cache.TransformStripManagedFields()},
		Client: client.Options{Cache: &client.CacheOptions{Unstructured: true}},
	})
	must(err)
	return made
}

func report(ctx context.Context, began time.Time, reader client.Reader, p *progress) {
	var deployments appsv1.DeploymentList
	must(reader.List(ctx, &deployments))
	synced := time.Since(began)
	p.wanted.Store(int64(len(deployments.Items)))
	for p.done.Load() < p.wanted.Load() {
		time.Sleep(20 * time.Millisecond)
	}
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	must(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"inStepSeconds": synced.Seconds(), "resultsSeconds": time.Unix(0, p.last.Load()).Sub(began).Seconds(),
		"cpuSeconds": cpu.Seconds(), "rssMiB": mebibytes("VmRSS"), "peakMiB": mebibytes("VmHWM"),
	}))
}

func main() {
	began := time.Now()
	m := newManager()
	ctx := ctrl.SetupSignalHandler()
	must(m.GetFieldIndexer().IndexField(ctx, &corev1.Pod{}, byOwner, ownerOf))
	must(m.GetFieldIndexer().IndexField(ctx, &appsv1.ReplicaSet{}, byOwner, ownerOf))
	p := &progress{}
	watched := &unstructured.Unstructured{}
	watched.SetGroupVersionKind(result)
	_, err := m.GetCache().GetInformer(ctx, watched)
	must(err)
	must(ctrl.NewControllerManagedBy(m).
		For(&appsv1.Deployment{}).
		Watches(&appsv1.ReplicaSet{}, handler.EnqueueRequestsFromMapFunc(func(_ context.Context, set client.Object) []reconcile.Request { return ownersKey(set) })).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(deploymentOf(m.GetClient()))).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		Complete(&reconciler{client: m.GetClient(), progress: p}))
	go func() {
		if m.GetCache().WaitForCacheSync(ctx) {
			report(ctx, began, m.GetClient(), p)
		}
	}()
	must(m.Start(ctx))
}
